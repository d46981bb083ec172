// All named schemas of the document: those of answers, and those that files are validated against.
import type { Json, JsonObject } from '../../model/pack.ts';
import type { Schema } from '../operation.ts';
import { changeSchemas } from '../schemas/changes.ts';
import { fileSchemas } from '../schemas/files.ts';
import { packSchemas } from '../schemas/packs.ts';
import { problemSchemas } from '../schemas/problem.ts';
import { scanSchemas } from '../schemas/scans.ts';
import { statusSchemas } from '../schemas/status.ts';
import { workflowSchemas } from '../schemas/workflows.ts';
import { writeSchemas } from '../schemas/writes.ts';

const answers: Readonly<Record<string, Schema>> = {
  ...workflowSchemas,
  ...packSchemas,
  ...fileSchemas,
  ...statusSchemas,
  ...changeSchemas,
  ...scanSchemas,
  ...problemSchemas,
  ...writeSchemas,
};

/** Keys that only editors understand, or that would make a component a resource of its own. */
const dropped = new Set([
  ...['$schema', '$id', '$comment', 'markdownDescription', 'defaultSnippets', 'doNotSuggest'],
  'patternErrorMessage',
]);

/** `definitions`: schemas of an author's files by their names here, self-contained, as editors get them. */
export function namedSchemas(
  definitions: Readonly<Record<string, JsonObject>>,
): Readonly<Record<string, Schema>> {
  return {
    ...answers,
    ...Object.fromEntries(
      Object.entries(definitions).map(([name, schema]) => [name, rooted(schema, name) as Schema]),
    ),
  };
}

/** The same with its references to itself beginning at the document. `isNames`: the keys are an author's, not the schema's. */
function rooted(value: Json, name: string, isNames = false): Json {
  if (Array.isArray(value)) return value.map((item: Json) => rooted(item, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => isNames || !dropped.has(key))
      .map(([key, inner]) => [
        key,
        !isNames && key === '$ref' && typeof inner === 'string'
          ? inner.replace(/^#/, `#/components/schemas/${name}`)
          : rooted(inner, name, !isNames && (key === 'properties' || key === '$defs')),
      ]),
  );
}
