import type { CodegenConfig } from '@graphql-codegen/cli';

/** The saved queries with the types of their variables and answers, as the pages ask them. */
const config: CodegenConfig = {
  schema: '../schema.graphql',
  documents: 'src/queries/*.graphql',
  generates: {
    'src/gql/operations.ts': {
      plugins: ['typescript-operations', './scripts/saved-operations.mjs'],
      config: {
        onlyOperationTypes: true,
        useTypeImports: true,
        enumsAsTypes: true,
        skipTypename: true,
        defaultScalarType: 'unknown',
        scalars: {
          Date: 'string',
          DateTime: 'string',
          Decimal: 'string',
          ID: 'string',
          JSON: 'unknown',
          Long: 'number',
        },
      },
    },
  },
};

export default config;
