// Shape: a plain value against the JSON Schema of its role, each error as one problem in the author's words.
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { DocumentPath } from '../model/diagnostic.ts';
import type { FileRole, JsonObject } from '../model/pack.ts';
import type { Report } from './problem.ts';
import { actionSchema } from './schema/action.ts';
import { manifestSchema } from './schema/manifest.ts';
import { workflowSchema } from './schema/workflow.ts';
import { shapeProblem } from './shape-words.ts';

/** Errors of one file that are put into words; more are not shown anyway. */
const maxErrors = 1000;

/** The schema of each role, draft 2020-12, as editors want it. */
export const schemas: Readonly<Record<FileRole, JsonObject>> = {
  workflow: workflowSchema,
  action: actionSchema,
  manifest: manifestSchema,
};

// Only our own three schemas ever reach this instance, so its cache cannot grow. `verbose` puts the schema and the
// value beside each error; `allErrors` is safe because the value was bounded by the parser. That the schemas are valid is
// a test's business: to find it out at every start would take longer than to compile them.
const ajv = new Ajv2020({
  ...{ strict: true, allErrors: true, verbose: true, allowUnionTypes: true },
  validateSchema: false,
});
const validators: Readonly<Record<FileRole, ValidateFunction>> = {
  workflow: ajv.compile(withoutStyles(workflowSchema)),
  action: ajv.compile(withoutStyles(actionSchema)),
  manifest: ajv.compile(manifestSchema),
};

/** Less `parameters` and `output`: a rule refuses the same there and knows which of the two styles was meant. */
function withoutStyles(schema: JsonObject): JsonObject {
  const properties = schema['properties'] as JsonObject;
  return { ...schema, properties: { ...properties, parameters: true, output: true } };
}

/** Reports every deviation of `value` from the shape of its role. */
export function validateShape(role: FileRole, value: unknown, report: Report): void {
  const validator = validators[role];
  if (validator(value)) return;
  for (const error of (validator.errors ?? []).slice(0, maxErrors)) {
    const problem = shapeProblem(role, error, pathOf(error, value));
    if (problem !== undefined) report(problem);
  }
}

/** The JSON pointer of an error as keys and indexes: a segment is an index where the value is a list. */
function pathOf(error: ErrorObject, root: unknown): DocumentPath {
  if (error.instancePath === '') return [];
  const path: (string | number)[] = [];
  let value: unknown = root;
  for (const segment of error.instancePath.slice(1).split('/')) {
    const key = segment.replaceAll('~1', '/').replaceAll('~0', '~');
    const isIndex = Array.isArray(value);
    path.push(isIndex ? Number(key) : key);
    value = isIndex
      ? (value as unknown[])[Number(key)]
      : (value as Record<string, unknown> | undefined)?.[key];
  }
  return path;
}
