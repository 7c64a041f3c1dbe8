import React, { useEffect, useRef } from 'react';
import { useHost } from './host';

/** A picture over everything else; Escape, the button or a press beside it close it. */
export function Enlarged(props: {
  url: string;
  title: string;
  className: string;
  onClose: () => void;
}): JSX.Element {
  const { trans } = useHost();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    // Modal: the browser keeps the focus in it, and gives it back.
    dialog.current?.showModal();
  }, []);
  const close = () => dialog.current?.close();
  return (
    <dialog
      ref={dialog}
      className={`jp-mltrack-Enlarged${props.className}`}
      aria-label={props.title}
      data-testid="mltrack-enlarged"
      onClose={props.onClose}
      onClick={event => event.target === dialog.current && close()}
    >
      <header>
        <h2>{props.title}</h2>
        <span className="jp-mltrack-Spacer" />
        <button className="jp-mltrack-Button" onClick={close}>
          {trans.__('Close')}
        </button>
      </header>
      <figure>
        <img src={props.url} alt={props.title} />
      </figure>
    </dialog>
  );
}
