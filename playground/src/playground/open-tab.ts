import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import type { Linked } from './link';

/** Opens an operation in a tab of its own, with the headers of the tab before. */
export function useOpenInNewTab(): (operation: Linked) => void {
  const { stop, addTab, updateActiveTabValues } = useGraphiQLActions();
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  const headerEditor = useGraphiQL((state) => state.headerEditor);

  return ({ name, query, variables }) => {
    const headers = headerEditor?.getValue() ?? '';
    // A subscription left running would write its answers into the new tab.
    stop();
    addTab();
    queryEditor?.setValue(query);
    variableEditor?.setValue(variables);
    headerEditor?.setValue(headers);
    updateActiveTabValues({ query, variables, headers, operationName: name });
  };
}
