import { downloadIcon, fileIcon } from '@jupyterlab/ui-components';
import React from 'react';
import type { IArtifact } from '../api/types';
import { formatBytes } from '../compute/number';
import { useHost } from './host';

/** The files of a run. They are offered for download only, never opened in the page. */
export function Artifacts(props: {
  artifacts: IArtifact[];
  onDownload: (path: string) => void;
}): JSX.Element {
  const { trans } = useHost();
  if (props.artifacts.length === 0) {
    return <p className="jp-mltrack-Hint">{trans.__('No artifacts.')}</p>;
  }
  return (
    <table className="jp-mltrack-Table jp-mod-files" data-testid="mltrack-artifacts">
      <thead>
        <tr>
          <th scope="col">{trans.__('File')}</th>
          <th scope="col">{trans.__('Type')}</th>
          <th scope="col">{trans.__('Size')}</th>
          <th scope="col">
            <span className="jp-mltrack-Unseen">{trans.__('Download')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {props.artifacts.map(file => (
          <tr key={file.path}>
            <th scope="row">
              <fileIcon.react tag="span" className="jp-mltrack-FileIcon" />
              {file.path}
            </th>
            <td>{file.media_type}</td>
            <td>
              {file.drawn ? (
                <span title={trans.__('Made when it is downloaded, from drawings.json')}>
                  {trans.__('on demand')}
                </span>
              ) : (
                formatBytes(file.size)
              )}
            </td>
            <td>
              <button
                className="jp-mltrack-IconButton"
                title={trans.__('Download')}
                aria-label={trans.__('Download %1', file.path)}
                onClick={() => props.onDownload(file.path)}
              >
                <downloadIcon.react tag={null} />
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
