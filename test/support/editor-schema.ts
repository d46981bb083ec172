// The printed schemas as a validator of another program sees them, and a walk over every schema in them.
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Json, JsonObject } from '../../src/model/pack.ts';

/** Keywords that editors know and JSON Schema does not. */
export const editorKeywords = [
  'markdownDescription',
  'doNotSuggest',
  'defaultSnippets',
  'patternErrorMessage',
];

export function editorAjv(): Ajv2020 {
  const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
  ajv.addVocabulary(editorKeywords);
  return ajv;
}

export type Visit = (schema: JsonObject, pointer: string, isProperty: boolean) => void;

const maps = ['properties', '$defs'];
const lists = ['allOf', 'anyOf'];
const single = ['items', 'additionalProperties', 'if', 'then', 'else'];
/** Keywords whose value holds no schema. */
const plain = [
  ...['$schema', '$id', '$ref', '$comment', 'title', 'description', 'markdownDescription', 'defaultSnippets'],
  ...[
    'type',
    'enum',
    'default',
    'examples',
    'deprecated',
    'doNotSuggest',
    'patternErrorMessage',
    'required',
    'pattern',
  ],
  ...['minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'minProperties', 'maxProperties'],
];

/** Calls `visit` with every schema at every depth; throws at a keyword it does not know, so nothing is passed over. */
export function walkSchema(schema: Json, visit: Visit, pointer = '#', isProperty = false): void {
  if (typeof schema === 'boolean') return;
  const map = schema as JsonObject;
  visit(map, pointer, isProperty);
  for (const [key, value] of Object.entries(map)) {
    const at = `${pointer}/${key}`;
    if (maps.includes(key)) {
      for (const [name, one] of Object.entries(value as JsonObject))
        walkSchema(one, visit, `${at}/${name}`, key === 'properties');
    } else if (lists.includes(key)) {
      for (const [index, one] of (value as readonly Json[]).entries())
        walkSchema(one, visit, `${at}/${index}`);
    } else if (single.includes(key)) walkSchema(value, visit, at);
    else if (!plain.includes(key)) throw new Error(`${at} is a keyword that the walk does not know`);
  }
}
