// A plugin of GraphQL Code Generator: each saved operation as a constant with its text, its types and
// its name. The text is the saved one to the letter, comment and all, so that a service of trusted
// documents knows what the pages send.

/** @type {import('@graphql-codegen/plugin-helpers').PluginFunction} */
export function plugin(_schema, files) {
  return {
    prepend: ["import { type Operation, operation } from '../api/operation';"],
    content: files.flatMap(operations).join('\n'),
  };
}

function operations({ document }) {
  let end = 0;
  return document.definitions.map((definition) => {
    const { body } = definition.loc.source;
    const text = body.slice(end, definition.loc.end).trim();
    end = definition.loc.end;
    const name = definition.name.value;
    const kind = definition.operation[0].toUpperCase() + definition.operation.slice(1);
    const types = `${name}${kind}, ${name}${kind}Variables`;
    const given = [name, definition.operation, text].map((part) => JSON.stringify(part)).join(', ');
    return `export const ${name}: Operation<${types}> = /* @__PURE__ */ operation(${given});`;
  });
}
