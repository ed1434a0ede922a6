import { type DefinitionNode, Kind, type OperationTypeNode, parse } from 'graphql';
import type { Variables } from './placeholders';

/** One operation of `queries/`, as the panel lists it and a tab holds it. */
export interface SavedQuery {
  name: string;
  kind: OperationTypeNode;
  /** What it answers: the comment above the operation. */
  purpose: string;
  /** The operation with its comment. */
  text: string;
  /** As in the JSON file, with placeholders for dates. */
  variables: Variables;
}

export interface Page {
  title: string;
  queries: SavedQuery[];
}

const PAGES = [
  { file: 'monitoring', title: 'Monitoring' },
  { file: 'dashboard', title: 'Dashboard' },
  { file: 'quality-audit', title: 'QualityAudit' },
  { file: 'billing-portal', title: 'BillingPortal' },
  { file: 'tracker', title: 'Tracker' },
  { file: 'live', title: 'Live' },
  { file: 'viewer', title: 'Viewer' },
];

const documents = import.meta.glob<string>('../queries/*.graphql', {
  query: '?raw',
  import: 'default',
  eager: true,
});
const variables = import.meta.glob<Record<string, Variables>>('../queries/*.variables.json', {
  import: 'default',
  eager: true,
});

/** All saved queries, in the order of the panel. */
export const pages: Page[] = PAGES.map(({ file, title }) => ({
  title,
  queries: splitOperations(
    documents[`../queries/${file}.graphql`] ?? '',
    variables[`../queries/${file}.variables.json`] ?? {},
  ),
}));

/** Cuts a document into its operations, each with the comment above it. */
export function splitOperations(
  document: string,
  variablesByName: Record<string, Variables>,
): SavedQuery[] {
  let end = 0;
  return parse(document).definitions.map((definition) => {
    const { name, kind } = namedOperation(definition);
    const start = end;
    end = definition.loc?.end ?? document.length;
    const text = document.slice(start, end).trim();
    const comment = text.split('\n').filter((line) => line.startsWith('#'));
    const purpose = comment.map((line) => line.replace(/^#\s*/, '')).join(' ');
    return { name, kind, purpose, text, variables: variablesByName[name] ?? {} };
  });
}

function namedOperation(definition: DefinitionNode): { name: string; kind: OperationTypeNode } {
  if (definition.kind !== Kind.OPERATION_DEFINITION || !definition.name) {
    throw new Error('a saved document holds named operations only');
  }
  return { name: definition.name.value, kind: definition.operation };
}
