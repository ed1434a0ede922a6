import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { download, type Parameters } from '../api/download';
import { codeOf } from '../api/failure';
import { useUiWords } from './words';

interface Props {
  /** The list: `/export/metrics.csv`. */
  path: string;
  parameters: Parameters;
  /** Of the file. */
  name: string;
  /** What is saved, where the button's own words are short. */
  label: string;
  children: ReactNode;
}

/** Saves a list of the service as a file. */
export function DownloadButton({ path, parameters, name, label, children }: Props) {
  const say = useUiWords();
  const saving = useMutation({ mutationFn: () => download(path, parameters, name) });
  return (
    <>
      <button
        type="button"
        className="button small"
        title={label}
        disabled={saving.isPending}
        onClick={() => saving.mutate()}
      >
        <span aria-hidden="true">↓</span>
        {children}
        <span className="visually-hidden"> – {label}</span>
      </button>
      {saving.isError && (
        <span className="bad-text" role="alert">
          {say(codeOf(saving.error) === 'FORBIDDEN' ? 'forbidden' : 'notSaved')}
        </span>
      )}
    </>
  );
}
