import React from 'react';
import type { IDataset, IEnvironment, IModel, IRun, IRunDetail } from '../api/types';
import { byInterest } from '../compute/interest';
import { formatBytes, formatNumber } from '../compute/number';
import { NOTE, ownTags } from '../compute/tags';
import { Findings } from './findings';
import { Estimator } from './estimator';
import { useHost } from './host';

/** What a run was given, what came out, on which data, and where it ran. */
export function Overview(props: {
  detail: IRunDetail;
  onEditTags: () => void;
  onEditNote: () => void;
}): JSX.Element {
  const { trans } = useHost();
  const { run, models, datasets, environment, estimator } = props.detail;
  return (
    <div className="jp-mltrack-Overview">
      <div>
        <Metrics run={run} />
        <Pairs title={trans.__('Params')} testId="params" pairs={sorted(run.params)} />
      </div>
      <div>
        <Note run={run} onEdit={props.onEditNote} />
        <Tags run={run} onEdit={props.onEditTags} />
        <Findings tags={run.tags} />
        {models.length > 0 && <Models models={models} />}
        {estimator && (
          <Section title={trans.__('Estimator')}>
            <Estimator part={estimator} />
          </Section>
        )}
        {datasets.length > 0 && <Datasets datasets={datasets} />}
        {environment && <Environment environment={environment} />}
      </div>
    </div>
  );
}

function Note(props: { run: IRun; onEdit: () => void }): JSX.Element {
  const { trans } = useHost();
  const note = props.run.tags[NOTE];
  return (
    <Section
      title={trans.__('Note')}
      action={note ? trans.__('Edit note') : trans.__('Add a note')}
      onAction={props.onEdit}
    >
      {note ? (
        <p className="jp-mltrack-Note" data-testid="mltrack-note">
          {note}
        </p>
      ) : (
        <None text={trans.__('No note.')} />
      )}
    </Section>
  );
}

function Tags(props: { run: IRun; onEdit: () => void }): JSX.Element {
  const { trans } = useHost();
  const tags = ownTags(props.run.tags);
  return (
    <Section title={trans.__('Tags')} action={trans.__('Edit tags')} onAction={props.onEdit}>
      <div className="jp-mltrack-Tags" data-testid="mltrack-tags">
        {tags.map(([key, value]) => (
          <span key={key} className="jp-mltrack-Tag" title={`${key} = ${value}`}>
            <b>{key}</b> {value}
          </span>
        ))}
        {tags.length === 0 && <None text={trans.__('No tags.')} />}
      </div>
    </Section>
  );
}

function Metrics(props: { run: IRun }): JSX.Element {
  const { trans } = useHost();
  const metrics = sorted(props.run.metrics).sort(([a], [b]) => byInterest(a, b));
  return (
    <Section title={trans.__('Metrics')}>
      {metrics.length === 0 ? (
        <None text={trans.__('None.')} />
      ) : (
        <table className="jp-mltrack-Table" data-testid="mltrack-metrics">
          <thead>
            <tr>
              <th scope="col">{trans.__('Metric')}</th>
              <th scope="col">{trans.__('Last')}</th>
              <th scope="col">{trans.__('Min')}</th>
              <th scope="col">{trans.__('Max')}</th>
              <th scope="col">{trans.__('Points')}</th>
            </tr>
          </thead>
          <tbody>
            {metrics.map(([key, one]) => (
              <tr key={key}>
                <th scope="row">{key}</th>
                <td title={String(one.last)}>{formatNumber(one.last)}</td>
                <td title={String(one.min)}>{one.count > 1 ? formatNumber(one.min) : ''}</td>
                <td title={String(one.max)}>{one.count > 1 ? formatNumber(one.max) : ''}</td>
                <td>{one.count}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function Models(props: { models: IModel[] }): JSX.Element {
  const { trans } = useHost();
  return (
    <Section title={trans.__('Models')}>
      {props.models.map(model => (
        <div key={model.model_id} className="jp-mltrack-Card" data-testid="mltrack-model">
          <div className="jp-mltrack-Card-title">
            <b>{model.model_class || model.name}</b>
            <span className="jp-mltrack-Hint">
              {[model.flavor, model.size ? formatBytes(model.size) : '', model.artifact_path]
                .filter(Boolean)
                .join(' · ')}
            </span>
          </div>
          {model.status_message && (
            <p className="jp-mltrack-Error" data-status={model.status}>
              {model.status === 'FAILED' ? trans.__('Not saved: ') : ''}
              {model.status_message}
            </p>
          )}
        </div>
      ))}
    </Section>
  );
}

function Datasets(props: { datasets: IDataset[] }): JSX.Element {
  const { trans } = useHost();
  return (
    <Section title={trans.__('Data')}>
      {props.datasets.map(data => (
        <div key={`${data.context} ${data.digest}`} className="jp-mltrack-Card">
          <div className="jp-mltrack-Card-title">
            <b>{data.name}</b>
            {data.context && <span className="jp-mltrack-Badge">{data.context}</span>}
            <code className="jp-mltrack-Hint" title={data.digest}>
              {data.digest.slice(0, 12)}
            </code>
          </div>
          <Json title={trans.__('Profile')} text={data.profile} />
          <Json title={trans.__('Schema')} text={data.schema} />
        </div>
      ))}
    </Section>
  );
}

function Environment(props: { environment: IEnvironment }): JSX.Element {
  const { trans } = useHost();
  const where = props.environment;
  const commit = where.git_commit && where.git_commit.slice(0, 10);
  const pairs: [string, string][] = [
    ['Python', where.python_version],
    [trans.__('Platform'), where.platform],
    [trans.__('Front end'), where.front_end],
    [trans.__('Host'), where.host],
    [trans.__('Git'), commit && `${where.git_branch} ${commit}${where.git_dirty ? ' +' : ''}`]
  ];
  const packages = sorted(where.packages);
  return (
    <>
      <Pairs
        title={trans.__('Environment')}
        testId="environment"
        pairs={pairs.filter(([, value]) => value)}
      />
      <details className="jp-mltrack-Details">
        <summary>{trans._n('%1 package', '%1 packages', packages.length)}</summary>
        <PairTable pairs={packages} />
      </details>
    </>
  );
}

function Json(props: { title: string; text: string }): JSX.Element | null {
  if (!props.text || props.text === '{}') {
    return null;
  }
  return (
    <details className="jp-mltrack-Details">
      <summary>{props.title}</summary>
      <pre>{pretty(props.text)}</pre>
    </details>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function Pairs(props: { title: string; testId: string; pairs: [string, string][] }): JSX.Element {
  const { trans } = useHost();
  return (
    <Section title={props.title}>
      {props.pairs.length ? (
        <PairTable pairs={props.pairs} testId={`mltrack-${props.testId}`} />
      ) : (
        <None text={trans.__('None.')} />
      )}
    </Section>
  );
}

function PairTable(props: { pairs: [string, string][]; testId?: string }): JSX.Element {
  return (
    <table className="jp-mltrack-Table jp-mod-pairs" data-testid={props.testId}>
      <tbody>
        {props.pairs.map(([key, value]) => (
          <tr key={key}>
            <th scope="row">{key}</th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Section(props: {
  title: string;
  action?: string;
  onAction?: () => void;
  children: React.ReactNode;
}): JSX.Element {
  return (
    <section className="jp-mltrack-Section" aria-label={props.title}>
      <header>
        <h2>{props.title}</h2>
        <span className="jp-mltrack-Spacer" />
        {props.action && (
          <button className="jp-mltrack-LinkButton" onClick={props.onAction}>
            {props.action}
          </button>
        )}
      </header>
      {props.children}
    </section>
  );
}

function None(props: { text: string }): JSX.Element {
  return <p className="jp-mltrack-Hint">{props.text}</p>;
}

function sorted<T>(record: Record<string, T>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => a.localeCompare(b));
}
