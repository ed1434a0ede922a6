import type { Operation } from '../api/operation';
import { useUiWords } from './words';

/** Where a figure comes from: an operation with the variables it was asked with. */
export interface Source {
  operation: Operation<never, never> | { name: string };
  variables?: object;
}

/** The playground with an operation and its variables filled in. */
export function playgroundAddress({ operation, variables }: Source): string {
  const given = new URLSearchParams({ operation: operation.name });
  if (variables && Object.keys(variables).length > 0) {
    given.set('variables', JSON.stringify(variables));
  }
  // Behind the hash, so that no server writes it into its log.
  return `/playground/#${given}`;
}

/** Leads from a figure to its query. */
export function QueryLink({ source, title }: { source: Source; title: string }) {
  const say = useUiWords();
  const label = say('query', { title });
  return (
    <a className="query-link" href={playgroundAddress(source)} title={label}>
      <span aria-hidden="true">{'{ }'}</span>
      <span className="visually-hidden">{label}</span>
    </a>
  );
}
