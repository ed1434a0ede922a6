import { existsSync, readdirSync, readFileSync } from 'node:fs';
import {
  buildSchema,
  type FieldNode,
  type GraphQLSchema,
  isObjectType,
  isScalarType,
  Kind,
  type OperationDefinitionNode,
  parse,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { getVariableValues } from 'graphql/execution/values';
import { describe, expect, test } from 'vitest';
import { fillIn, type Variables } from './placeholders';
import { pages, splitOperations } from './saved-queries';
import { firstTabs } from './tabs';

const schema = strictSchema();
const queries = pages.flatMap((page) => page.queries);
const folder = new URL('../queries/', import.meta.url);

/** The schema as the service prints it, or the contract it has to keep. */
function strictSchema(): GraphQLSchema {
  const printed = new URL('../../../schema.graphql', import.meta.url);
  const contract = new URL('../../../tests/contract.graphql', import.meta.url);
  const schema = buildSchema(readFileSync(existsSync(printed) ? printed : contract, 'utf8'));
  // Built from text, a scalar takes anything: a placeholder that was not filled in would pass.
  refuseUnless(schema, 'Date', /^\d{4}-\d{2}-\d{2}$/);
  refuseUnless(schema, 'DateTime', /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);
  return schema;
}

function refuseUnless(schema: GraphQLSchema, name: string, pattern: RegExp): void {
  const scalar = schema.getType(name);
  if (!isScalarType(scalar)) {
    throw new Error(`the schema has no scalar ${name}`);
  }
  scalar.parseValue = (value) => {
    if (typeof value !== 'string' || !pattern.test(value)) {
      throw new TypeError(`${value} is not a ${name}`);
    }
    return value;
  };
}

function operationOf(text: string): OperationDefinitionNode {
  const [definition] = parse(text).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) {
    throw new Error('not an operation');
  }
  return definition;
}

describe.each(queries)('$name', ({ name, text, purpose, variables }) => {
  test('is valid against the schema', () => {
    expect(validate(schema, parse(text))).toEqual([]);
  });

  test('has variables that the schema takes, and no others', () => {
    const declared = operationOf(text).variableDefinitions ?? [];
    const filled = fillIn(variables, new Date());
    expect(getVariableValues(schema, declared, filled).errors).toBeUndefined();
    const names = declared.map(({ variable }) => variable.name.value);
    expect(names).toEqual(expect.arrayContaining(Object.keys(variables)));
  });

  test('says what it answers, in a sentence', () => {
    expect(purpose).toMatch(/^[A-Z].*\.$/);
  });

  test('names no year', () => {
    expect(text + JSON.stringify(variables)).not.toMatch(/\b20\d\d\b/);
  });

  test('is the only one of its name', () => {
    expect(queries.filter((query) => query.name === name)).toHaveLength(1);
  });
});

describe('the saved queries', () => {
  test('use every root field', () => {
    const used = queries.flatMap(({ text }) => {
      const { operation, selectionSet } = operationOf(text);
      const root = schema.getRootType(operation)?.name;
      return selectionSet.selections.map((field) =>
        field.kind === Kind.FIELD ? `${root}.${field.name.value}` : root,
      );
    });
    expect(used).toEqual(expect.arrayContaining(rootFields()));
  });

  test('select every field of the schema', () => {
    const used = new Set(queries.flatMap(({ text }) => fieldsIn(text)));
    expect(allFields().filter((field) => !used.has(field))).toEqual([]);
  });

  test('of every file are listed', () => {
    const files = readdirSync(folder).filter((file) => file.endsWith('.graphql'));
    const names = files.flatMap((file) => namesIn(file));
    expect(queries.map((query) => query.name).sort()).toEqual(names.sort());
  });

  test('own every entry of the variables files', () => {
    const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
    for (const file of files) {
      const entries: Record<string, Variables> = JSON.parse(
        readFileSync(new URL(file, folder), 'utf8'),
      );
      expect(namesIn(file.replace('.variables.json', '.graphql'))).toEqual(
        expect.arrayContaining(Object.keys(entries)),
      );
    }
  });

  test('open one tab for each page on a first visit', () => {
    const titles = firstTabs(new Date()).map(({ query }) => operationOf(query).name?.value);
    expect(titles).toEqual([
      'Monitoring',
      'Dashboard',
      'QualityAudit',
      'BillingPortal',
      'TrackEvent',
      'LiveOverview',
      'Viewer',
    ]);
  });
});

function rootFields(): string[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return roots
    .filter((root) => isObjectType(root))
    .flatMap((root) => Object.keys(root.getFields()).map((field) => `${root.name}.${field}`));
}

/** Every field of every object that answers have. */
function allFields(): string[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type))
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`));
}

/** The fields that an operation selects, each with its type. */
function fieldsIn(text: string): string[] {
  const types = new TypeInfo(schema);
  const found: string[] = [];
  const note = (field: FieldNode) => {
    found.push(`${types.getParentType()?.name}.${field.name.value}`);
  };
  visit(parse(text), visitWithTypeInfo(types, { Field: note }));
  return found;
}

function namesIn(file: string): string[] {
  const document = readFileSync(new URL(file, folder), 'utf8');
  return splitOperations(document, {}).map((query) => query.name);
}

test('a document is cut into operations, each with its comment', () => {
  const document =
    '# First.\n# Really.\nquery A {\n  a # inner\n}\n\n# Second.\nmutation B { b }\n';
  expect(splitOperations(document, { B: { x: 1 } })).toEqual([
    {
      name: 'A',
      kind: 'query',
      purpose: 'First. Really.',
      text: '# First.\n# Really.\nquery A {\n  a # inner\n}',
      variables: {},
    },
    {
      name: 'B',
      kind: 'mutation',
      purpose: 'Second.',
      text: '# Second.\nmutation B { b }',
      variables: { x: 1 },
    },
  ]);
});
