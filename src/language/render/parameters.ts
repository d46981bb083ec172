// Parameters as given and the schema that declares them → the values a workflow would see, defaults filled in.
// A schema is an author's: it is only looked at one level deep, nothing in it is followed, compiled or matched.
import type { DocumentPath } from '../../model/diagnostic.ts';
import type { Json, JsonObject } from '../../model/pack.ts';
import { atKey, atValue, type Problem } from '../problem.ts';
import { isMap, listOf, type RawMap } from '../raw.ts';
import { parametersOf } from '../rules/known-names.ts';
import { isJsonSchema } from '../rules/parameters.ts';
import { errorAt } from '../rules/rule.ts';
import { found } from '../shape-words.ts';
import { suggest } from '../suggest.ts';

export type Declared = {
  /** Place of the declaration, in the file that has it. */
  readonly at: DocumentPath;
  readonly schema: RawMap;
  readonly isRequired: boolean;
};

export type FilledParameters = {
  readonly values: JsonObject;
  /** About what is given: places are in the parameter file. */
  readonly problems: readonly Problem[];
  /** Names that are required and not given. */
  readonly missing: readonly string[];
};

/** The parameters that a schema of either style declares, in order. */
export function declaredParameters(schema: Json): ReadonlyMap<string, Declared> {
  if (!isMap(schema)) return new Map();
  const isJson = isJsonSchema(schema);
  const properties = isJson ? schema['properties'] : schema;
  const required = new Set(isJson ? listOf(schema['required']) : []);
  const names = [...Object.keys(isMap(properties) ? properties : {}), ...required].filter(
    (name) => typeof name === 'string',
  );
  return new Map(
    names.map((name) => {
      const entry = isMap(properties) ? properties[name] : undefined;
      const at =
        entry === undefined ? ['parameters'] : ['parameters', ...(isJson ? ['properties'] : []), name];
      const own = isMap(entry) ? entry : {};
      return [name, { at, schema: own, isRequired: isJson ? required.has(name) : own['required'] === true }];
    }),
  );
}

/** Fills in defaults; reports what is not declared and what has the wrong type. */
export function fillParameters(schema: Json, given: JsonObject): FilledParameters {
  const declared = declaredParameters(schema);
  const values: [string, Json][] = [];
  const problems: Problem[] = [];
  const missing: string[] = [];
  for (const [name, { schema: own, isRequired }] of declared) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value !== undefined) problems.push(...checkValue(name, value, own));
    else if (own['default'] !== undefined) values.push([name, own['default'] as Json]);
    else if (isRequired) missing.push(name);
  }
  const names = parametersOf(schema);
  for (const name of Object.keys(given)) {
    if (names === undefined || names.has(name)) continue;
    const near = suggest(name, names);
    const help = near === undefined ? 'declare it, or remove it' : `did you mean \`${near}\`?`;
    const message = `the workflow declares no parameter \`${name}\``;
    problems.push(errorAt('SCHEMA_UNKNOWN_KEY', atKey(['parameters', name]), message, help));
  }
  return {
    values: Object.fromEntries([...values, ...Object.entries(given)]) as JsonObject,
    problems,
    missing,
  };
}

const kinds: Readonly<Record<string, { readonly words: string; readonly fits: (value: Json) => boolean }>> = {
  string: { words: 'a string', fits: (value) => typeof value === 'string' },
  number: { words: 'a number', fits: (value) => typeof value === 'number' },
  integer: { words: 'an integer', fits: (value) => Number.isInteger(value) },
  boolean: { words: 'true or false', fits: (value) => typeof value === 'boolean' },
  object: { words: 'a mapping', fits: isMap },
  array: { words: 'a list', fits: Array.isArray },
  null: { words: 'null', fits: (value) => value === null },
};

/** Types and `enum`; types of the flat style that JSON Schema does not have are not looked into. */
function checkValue(name: string, value: Json, schema: RawMap): readonly Problem[] {
  const at = atValue(['parameters', name]);
  const types = [schema['type']].flat().filter((type) => typeof type === 'string');
  const known = types.flatMap((type) => kinds[type] ?? []);
  if (known.length > 0 && known.length === types.length && !known.some(({ fits }) => fits(value))) {
    const wanted = known.map(({ words }) => words).join(' or ');
    return [errorAt('SCHEMA_TYPE', at, `the parameter \`${name}\` must be ${wanted}, found ${found(value)}`)];
  }
  const allowed = schema['enum'];
  if (!Array.isArray(allowed)) return [];
  const text = JSON.stringify(value);
  if (allowed.some((one) => JSON.stringify(one) === text)) return [];
  const list = allowed.slice(0, 12).map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
  const message = `the parameter \`${name}\` must be one of ${list.join(', ')}, found ${found(value)}`;
  return [errorAt('SCHEMA_ENUM', at, message)];
}
