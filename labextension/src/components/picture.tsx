import React, { useEffect, useRef, useState } from 'react';
import type { IPlot } from '../api/types';
import { isShownImage } from '../compute/plots';
import { Enlarged } from './enlarged';
import { useHost } from './host';

/**
 * A run's picture, fetched when it comes near the screen, enlarged when it is pressed.
 *
 * It is only ever an <img>: there, an SVG of whatever origin runs no script. `onAbsent` reports
 * one that cannot be had.
 */
export function Picture(props: {
  runId: string;
  plot: IPlot;
  onAbsent?: () => void;
}): JSX.Element | null {
  const { trans, loadPlot } = useHost();
  const { runId, plot, onAbsent } = props;
  const root = useRef<HTMLElement>(null);
  const [url, setUrl] = useState('');
  const [absent, setAbsent] = useState(false);
  const [enlarged, setEnlarged] = useState(false);
  useEffect(() => {
    const element = root.current;
    if (!element || !loadPlot || !isShownImage(plot.media_type)) {
      return;
    }
    let made = '';
    let gone = false;
    const load = async () => {
      try {
        const blob = await loadPlot(runId, plot);
        if (!gone) {
          made = URL.createObjectURL(new Blob([blob], { type: plot.media_type }));
          setUrl(made);
        }
      } catch {
        setAbsent(true);
        onAbsent?.();
      }
    };
    const observer = new IntersectionObserver(
      entries => {
        if (entries.some(entry => entry.isIntersecting)) {
          observer.disconnect();
          void load();
        }
      },
      { rootMargin: '400px' }
    );
    observer.observe(element);
    return () => {
      gone = true;
      observer.disconnect();
      URL.revokeObjectURL(made);
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- a digest names its bytes for ever
  }, [runId, plot.digest]);
  const drawn = plot.drawn ? ' jp-mod-drawn' : '';
  const title = plot.title || plot.artifact_path;
  return (
    <figure className={`jp-mltrack-Picture${drawn}`} ref={root} data-testid="mltrack-plot">
      {url ? (
        <button
          className="jp-mltrack-Picture-button"
          title={trans.__('Enlarge')}
          aria-label={trans.__('Enlarge %1', title || trans.__('plot'))}
          aria-haspopup="dialog"
          data-testid="mltrack-enlarge"
          onClick={() => setEnlarged(true)}
        >
          <img src={url} alt={title || trans.__('plot')} />
        </button>
      ) : (
        <span className="jp-mltrack-Picture-wait">
          {absent
            ? trans.__('The picture cannot be read.')
            : plot.drawn
              ? trans.__('Drawing…')
              : trans.__('Loading…')}
        </span>
      )}
      {title && <figcaption>{title}</figcaption>}
      {enlarged && (
        <Enlarged
          url={url}
          title={title || trans.__('plot')}
          className={drawn}
          onClose={() => setEnlarged(false)}
        />
      )}
    </figure>
  );
}
