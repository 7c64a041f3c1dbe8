import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChangeStream } from '../../src/api/changes';
import type { IRun } from '../../src/api/types';
import { RunsModel } from '../../src/model/runs';
import { makeCell, makeRun, metrics } from '../make';
import { FakeServer } from '../server';

describe('RunsModel with more loaded than one answer holds', () => {
  let server: FakeServer;
  let model: RunsModel;
  const ids = () => model.runs.map(run => run.run_id);
  const load = async (count: number) => {
    while (model.runs.length < count && model.hasMore) {
      await model.loadMore();
    }
  };
  const expectAll = (runs: IRun[]) =>
    expect(ids()).toEqual([...runs].reverse().map(run => run.run_id));
  beforeEach(async () => {
    server = new FakeServer();
    server.runs = Array.from({ length: 2600 }, (_, index) => makeRun(`r${index}`));
    model = new RunsModel(server.client(), server as unknown as ChangeStream);
    model.start();
    await vi.waitFor(() => expect(model.loading).toBe(false));
    await load(2200);
  });

  it('reads only the head when all that is new is there', async () => {
    server.queries = [];
    server.runs.push(makeRun('fresh'));
    server.push('fresh', 'r2599');
    await vi.waitFor(() => expect(ids()[0]).toBe('fresh'));
    expect(server.queries.length).toBe(1);
    expect(model.runs.length).toBe(2201);
    await load(2601);
    expectAll(server.runs);
  });

  it('guesses the columns from what stands behind a long loop too', async () => {
    const values = { training_score: 1 };
    server.runs.forEach((run, index) => {
      run.cell = makeCell(index < 100 ? 'first' : 'loop');
      run.metrics = metrics(index < 100 ? { ...values, accuracy_score_X_test: 1 } : values);
    });
    await model.reload();
    expect(model.columns.map(column => column.key)).toEqual(['training_score']);
    await load(2600);
    expect(model.columns.map(column => column.key)).toEqual(['accuracy_score_X_test']);
    expect(model.columns).toBe(model.columns);
  });

  it('finds a run that moved from far below to the top', async () => {
    server.runs.push(...server.runs.splice(500, 1), makeRun('fresh'));
    server.push('r500', 'fresh');
    await vi.waitFor(() => expect(ids()[1]).toBe('r500'));
    await load(2601);
    expectAll(server.runs);
  });

  it('leaves out what was deleted far below, and leaves no gap after it', async () => {
    model.setView({ filter: 'r' });
    await vi.waitFor(() => expect(model.loading).toBe(false));
    await load(2200);
    server.runs.splice(900, 3);
    server.push('r900', 'r901', 'r902');
    await vi.waitFor(() => expect(ids()).not.toContain('r900'));
    await load(2597);
    expectAll(server.runs);
  });

  it('leaves no gap after runs were deleted here', async () => {
    server.runs.splice(2000, 5);
    model.remove(['r2000', 'r2001', 'r2002', 'r2003', 'r2004']);
    expect(model.runs.length).toBeLessThan(2200);
    await load(2595);
    expectAll(server.runs);
  });

  it('puts restored runs back where they were, and keeps the rest', async () => {
    const before = ids();
    const gone = server.runs.splice(1000, 2);
    model.remove(['r1000', 'r1001']);
    server.runs.splice(1000, 0, ...gone);
    await model.follow(['r1000', 'r1001']);
    expect(ids()).toEqual(before);
  });

  it('misses no push that comes while a page is read', async () => {
    const page = model.loadMore();
    server.runs.push(makeRun('fresh'));
    server.push('fresh');
    await page;
    await vi.waitFor(() => expect(ids()[0]).toBe('fresh'));
    await load(2601);
    expectAll(server.runs);
  });
});
