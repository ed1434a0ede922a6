import { type ReactNode, useEffect, useId, useRef } from 'react';
import { useUiWords } from './words';

interface Props {
  title: string;
  onClose(): void;
  children: ReactNode;
}

/** A modal part at the edge of the screen; Escape closes it, and focus goes back where it was. */
export function Drawer({ title, onClose, children }: Props) {
  const say = useUiWords();
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement) {
        opener.focus();
      }
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does the same as a click beside it
    <dialog
      ref={dialog}
      className="drawer"
      aria-labelledby={id}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current.close()}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <button type="button" className="button small" onClick={() => dialog.current?.close()}>
          {say('close')}
        </button>
      </header>
      <div>{children}</div>
    </dialog>
  );
}
