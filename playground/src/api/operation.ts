import type { OperationTypeNode } from 'graphql';

/** A saved operation with the types of its answer and of its variables. */
export interface Operation<Data, Variables> {
  readonly name: string;
  readonly kind: `${OperationTypeNode}`;
  readonly text: string;
  /** Never there: it only carries the types. */
  readonly types?: (variables: Variables) => Data;
}

export function operation<Data, Variables>(
  name: string,
  kind: `${OperationTypeNode}`,
  text: string,
): Operation<Data, Variables> {
  return { name, kind, text };
}
