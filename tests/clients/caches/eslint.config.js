// Run in the root of the repository, so that the schema is within reach.
import graphql from "@graphql-eslint/eslint-plugin";
import { join } from "node:path";

const here = "tests/clients/caches";
const plugins = { "@graphql-eslint": graphql };
const languageOptions = {
  parser: graphql.parser,
  parserOptions: {
    graphQLConfig: {
      schema: join(import.meta.dirname, "../../../schema/schema.graphql"),
      documents: join(import.meta.dirname, "documents.js"),
    },
  },
};

export default [
  { files: [`${here}/documents.js`], processor: graphql.processor },
  {
    files: [`${here}/**/*.graphql`],
    plugins,
    languageOptions,
    rules: graphql.configs["flat/operations-recommended"].rules,
  },
  {
    files: ["schema/schema.graphql"],
    plugins,
    languageOptions,
    rules: {
      ...graphql.configs["flat/schema-recommended"].rules,
      // Only what can be asked for again has an id. Pages, payloads and errors cannot.
      "@graphql-eslint/strict-id-in-types": "off",
      // The one directive, `@oneOf`, is GraphQL's own.
      "@graphql-eslint/require-description": [
        "error",
        { types: true, rootField: true, FieldDefinition: true },
      ],
    },
  },
];
