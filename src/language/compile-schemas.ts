// Schemas → what validates by them. The one door to ajv, which takes longer to load than all the rest: it is opened by the build,
// whose text `validate.ts` runs, and where there is none.
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import type { JsonObject } from '../model/pack.ts';

/** True for a value of the shape; else `errors` are what is wrong with it. */
export type Validator = {
  (value: unknown): boolean;
  errors?: readonly ErrorObject[] | null;
};

/** A validator by the name of each schema. */
export function compileSchemas(schemas: Readonly<Record<string, JsonObject>>): Record<string, Validator> {
  const ajv = createAjv(schemas);
  return Object.fromEntries(Object.keys(schemas).map((name) => [name, ajv.getSchema(name) as Validator]));
}

/** The text of a CommonJS module that exports the validators by name; what they say is the same. */
export function textOfValidators(schemas: Readonly<Record<string, JsonObject>>): string {
  const names = Object.fromEntries(Object.keys(schemas).map((name) => [name, name]));
  return standalone.default(createAjv(schemas), names);
}

// Only our own schemas ever reach it, so its cache cannot grow. `verbose` puts the schema and the value beside each error;
// `allErrors` is safe because the value was bounded by the parser. That the schemas are valid is a test's business.
function createAjv(schemas: Readonly<Record<string, JsonObject>>): Ajv2020 {
  const ajv = new Ajv2020({
    ...{ strict: true, allErrors: true, verbose: true, allowUnionTypes: true },
    ...{ validateSchema: false, code: { source: true } },
  });
  for (const [name, schema] of Object.entries(schemas)) ajv.addSchema(schema, name);
  return ajv;
}
