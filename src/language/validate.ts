// Shape: a plain value against the JSON Schema of its role, each error as one problem in the author's words.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import type { ErrorObject } from 'ajv/dist/2020.js';
import type { DocumentPath } from '../model/diagnostic.ts';
import { codeOf } from '../model/errors.ts';
import type { FileRole, JsonObject } from '../model/pack.ts';
import type { Validator } from './compile-schemas.ts';
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

/** What files are validated against. */
export const validated: Readonly<Record<FileRole, JsonObject>> = {
  workflow: withoutStyles(workflowSchema),
  action: withoutStyles(actionSchema),
  manifest: manifestSchema,
};

/** Beside this file in what is built. */
export const compiledName = 'validators.cjs';

/** What the compiled validators say that they were made of. */
export function digestOfSchemas(): string {
  return createHash('sha256').update(JSON.stringify(validated)).digest('hex');
}

const validators = readCompiled() ?? (await import('./compile-schemas.ts')).compileSchemas(validated);

/** Undefined when nothing was built, or of other schemas. */
function readCompiled(): Readonly<Record<string, Validator>> | undefined {
  try {
    const compiled = createRequire(import.meta.url)(`./${compiledName}`);
    return compiled.madeOf === digestOfSchemas() ? compiled : undefined;
  } catch (error) {
    if (codeOf(error) === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** Less `parameters` and `output`: a rule refuses the same there and knows which of the two styles was meant. */
function withoutStyles(schema: JsonObject): JsonObject {
  const properties = schema['properties'] as JsonObject;
  return { ...schema, properties: { ...properties, parameters: true, output: true } };
}

/** Reports every deviation of `value` from the shape of its role. */
export function validateShape(role: FileRole, value: unknown, report: Report): void {
  const validator = validators[role] as Validator;
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
