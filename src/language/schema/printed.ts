// The schemas as editors get them: the same schemas, with what the checker does before it looks at the shape written
// into them, and with annotations that editors know.
import type { Json, JsonObject } from '../../model/pack.ts';
import { isMap } from '../raw.ts';
import { actionSchema } from './action.ts';
import { manifestSchema } from './manifest.ts';
import { patternWords, snippets } from './snippets.ts';
import { workflowSchema } from './workflow.ts';

const sources = { workflow: workflowSchema, action: actionSchema, pack: manifestSchema } as const;

/** `pack` is the schema of the manifest. */
export type SchemaName = keyof typeof sources;

/** In the order in which they are listed. */
export const schemaNames: readonly SchemaName[] = ['workflow', 'action', 'pack'];

const comment =
  'Refuses what `packwatch check --strict` finds in the shape of a file; a key that is not known is a warning without --strict. ' +
  'Names, transitions and expressions are looked at by `packwatch check` alone.';

/** The JSON Schema of a kind of file, draft 2020-12. */
export function printedSchema(name: SchemaName): JsonObject {
  const { $schema, $id, ...rest } = forEditors(sources[name]);
  return { $schema: $schema ?? null, $id: $id ?? null, $comment: comment, ...rest };
}

/** All of them in one document, each under its name in `$defs`. */
export function printedSchemas(): JsonObject {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:packwatch:schema',
    title: 'Packwatch',
    description: 'The schemas of the files of a pack, each a resource of its own.',
    $defs: Object.fromEntries(schemaNames.map((name) => [name, printedSchema(name)])),
  };
}

/** A schema and those inside it. What is data (`default`, `examples`, `enum`) is left as it is. */
function forEditors(schema: JsonObject): JsonObject {
  const { description, title } = schema;
  const isMapping = [schema['type']].flat().includes('object');
  return {
    ...Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, inside(schema, key, value)])),
    // Editors show the plain text as it is, with its backticks.
    ...(typeof description === 'string' && description.includes('`')
      ? { markdownDescription: description }
      : {}),
    ...(schema['deprecated'] === true ? { doNotSuggest: true } : {}),
    ...(isMapping && typeof title === 'string' && snippets[title]
      ? { defaultSnippets: [...snippets[title]] }
      : {}),
    ...(schema['pattern'] !== undefined && typeof title === 'string' && patternWords[title]
      ? { patternErrorMessage: patternWords[title] }
      : {}),
  };
}

function inside(schema: JsonObject, key: string, value: Json): Json {
  switch (key) {
    case 'properties':
      return ofEach(value, (one, name) =>
        isOptional(schema, name) ? orNull(forEditors(one)) : forEditors(one),
      );
    case '$defs':
      return ofEach(value, forEditors);
    case 'allOf':
    case 'anyOf':
      return (value as readonly JsonObject[]).map(forEditors);
    case 'items':
    case 'additionalProperties':
    case 'if':
    case 'then':
    case 'else':
      return isMap(value) ? forEditors(value as JsonObject) : value;
    default:
      return value;
  }
}

function ofEach(schemas: Json, change: (schema: JsonObject, name: string) => JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(schemas as Readonly<Record<string, JsonObject>>).map(([name, one]) => [
      name,
      change(one, name),
    ]),
  );
}

/** True for a key that may be left out of a mapping of ours; one whose keys are the author's keeps its nulls. */
function isOptional(schema: JsonObject, name: string): boolean {
  const required = schema['required'] as readonly string[] | undefined;
  return schema['additionalProperties'] === false && required?.includes(name) !== true;
}

/** A key with nothing after it is as good as absent. */
function orNull(schema: JsonObject): JsonObject {
  const { type, enum: words } = schema;
  if (type === undefined) return schema;
  return {
    ...schema,
    type: [type, 'null'].flat(),
    ...(Array.isArray(words) ? { enum: [...words, null] } : {}),
  };
}
