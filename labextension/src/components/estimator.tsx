import React from 'react';
import type { IEstimatorParam, IEstimatorPart } from '../api/types';
import { useHost } from './host';

/** An estimator and all it is made of; params that differ from their defaults come first. */
export function Estimator(props: { part: IEstimatorPart }): JSX.Element {
  return (
    <ul className="jp-mltrack-Estimator" data-testid="mltrack-estimator">
      <Part part={props.part} />
    </ul>
  );
}

function Part(props: { part: IEstimatorPart }): JSX.Element {
  const { trans } = useHost();
  const { part } = props;
  const params = part.params ?? [];
  const changed = params.filter(one => one.changed);
  const others = params.filter(one => !one.changed);
  return (
    <li>
      <div className="jp-mltrack-Card">
        <div className="jp-mltrack-Card-title">
          {part.role && <span className="jp-mltrack-Estimator-role">{part.role}</span>}
          <b title={part.module ? `${part.module}.${part.estimator}` : undefined}>
            {part.estimator}
          </b>
          {part.detail && <span className="jp-mltrack-Hint">{part.detail}</span>}
        </div>
        {changed.length > 0 && <Params params={changed} />}
        {others.length > 0 && (
          <details className="jp-mltrack-Details">
            <summary>
              {trans._n('%1 param as by default', '%1 params as by default', others.length)}
            </summary>
            <Params params={others} />
          </details>
        )}
      </div>
      {(part.parts ?? []).length > 0 && (
        <ul>
          {part.parts!.map((inner, index) => (
            <Part key={`${index} ${inner.role ?? ''}`} part={inner} />
          ))}
        </ul>
      )}
    </li>
  );
}

function Params(props: { params: IEstimatorParam[] }): JSX.Element {
  const { trans } = useHost();
  return (
    <table className="jp-mltrack-Estimator-params">
      <tbody>
        {props.params.map(({ name, value, changed }) => (
          <tr key={name} data-changed={changed ?? false}>
            <th scope="row">
              {name}
              {changed && (
                <span className="jp-mltrack-Unseen"> ({trans.__('differs from its default')})</span>
              )}
            </th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
