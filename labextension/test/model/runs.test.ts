import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChangeStream } from '../../src/api/changes';
import { RunsModel } from '../../src/model/runs';
import { makeRun } from '../make';
import { FakeServer } from '../server';

describe('RunsModel', () => {
  let server: FakeServer;
  let model: RunsModel;
  const ids = () => model.runs.map(run => run.run_id);
  const settled = () => vi.waitFor(() => expect(model.loading).toBe(false));

  beforeEach(async () => {
    server = new FakeServer();
    server.runs = Array.from({ length: 450 }, (_, index) => makeRun(`r${index}`));
    model = new RunsModel(server.client(), server as unknown as ChangeStream);
    model.start();
    await settled();
  });

  it('reads one page, and the next when asked', async () => {
    expect(model.runs.length).toBe(200);
    await model.loadMore();
    expect([model.runs.length, model.hasMore]).toEqual([450, false]);
    expect(new Set(ids()).size).toBe(450);
  });

  it('shows a new run above the ones it has', async () => {
    await model.loadMore();
    server.runs.push(makeRun('fresh'));
    server.push('fresh');
    await vi.waitFor(() => expect(ids()[0]).toBe('fresh'));
    await model.loadMore();
    expect(new Set(ids()).size).toBe(451);
  });

  it('reads a changed run again in place, without reading the list', async () => {
    const before = server.queries.length;
    server.runs[449] = makeRun('r449', { status: 'FAILED' });
    server.push('r449');
    await vi.waitFor(() => expect(model.runs[0]?.status).toBe('FAILED'));
    expect(server.queries.length).toBe(before);
  });

  it('drops a run that was deleted elsewhere', async () => {
    server.runs[449] = makeRun('r449', { lifecycle_stage: 'deleted' });
    server.push('r449');
    await vi.waitFor(() => expect(ids()).not.toContain('r449'));
  });

  it('keeps the list and tells the reason when a filter is refused', async () => {
    server.error = 'Invalid filter at position 3';
    model.setView({ filter: 'a >' });
    await settled();
    expect([model.error, model.runs.length]).toEqual(['Invalid filter at position 3', 200]);
  });

  it('asks for names when plain words were typed, and for the notebook that is open', async () => {
    model.setNotebook('dir/nb.ipynb');
    model.setView({ filter: 'otter' });
    await settled();
    expect(server.queries.at(-1)).toMatchObject({
      notebook: 'dir/nb.ipynb',
      filter: "attributes.run_name ILIKE '%otter%'",
      orderBy: ['attributes.start_time DESC']
    });
  });

  it('catches up with what happened before the pushes began', async () => {
    server.runs.push(makeRun('between'));
    server.position += 1;
    server.connected.emit(true);
    await vi.waitFor(() => expect(ids()[0]).toBe('between'));
  });

  it('recovers from a failed refresh with the next push', async () => {
    server.error = 'away';
    server.runs.push(makeRun('fresh'));
    server.push('fresh');
    await vi.waitFor(() => expect(model.error).toBe('away'));
    server.error = '';
    server.push('r1');
    await vi.waitFor(() => expect([ids()[0], model.error]).toEqual(['fresh', '']));
  });

  it('ignores an answer that a newer question overtook', async () => {
    const slow = model.reload();
    server.runs = [makeRun('only')];
    const fast = model.reload();
    await Promise.all([slow, fast]);
    expect(ids()).toEqual(['only']);
  });
});
