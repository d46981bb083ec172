// `parameters` and `output`: the flat style (`name: { type, … }`) or a JSON Schema; anything else is refused.
import type { DocumentPath } from '../../model/diagnostic.ts';
import { atValue, type Report } from '../problem.ts';
import { isMap, type RawMap } from '../raw.ts';
import { schemaMarks, typeNames } from '../schema/parameters.ts';
import { found } from '../shape-words.ts';
import { suggest } from '../suggest.ts';
import { errorAt, warningAt } from './rule.ts';

/** True for a JSON Schema, false for the flat style: a parameter called `type` has a mapping as its value. */
export function isJsonSchema(value: RawMap): boolean {
  return Object.entries(schemaMarks).some(
    ([key, kinds]) => Object.hasOwn(value, key) && kinds.some((kind) => kind === kindOf(value[key])),
  );
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value;
}

/** Reports what in the `parameters` and `output` of a file is neither of the two styles. */
export function checkSchemas(root: RawMap, report: Report): void {
  checkParameters(root, 'parameters', report);
  checkParameters(root, 'output', report);
}

function checkParameters(root: RawMap, key: string, report: Report): void {
  const value = root[key];
  if (value === undefined) return;
  if (!isMap(value)) {
    const message = `\`${key}\` must be a mapping of parameters or a JSON Schema, found ${found(value)}`;
    report(errorAt('SCHEMA_PARAMETERS', atValue([key]), message, 'write `name: { type: string }` for each'));
  } else if (isJsonSchema(value)) checkJsonSchema(value, key, report);
  else checkFlat(value, key, report);
}

function checkJsonSchema(schema: RawMap, key: string, report: Report): void {
  if (schema['type'] !== undefined) checkType(schema['type'], [key, 'type'], report);
  const { properties } = schema;
  if (properties !== undefined && !isMap(properties)) {
    const message = `\`properties\` must be a mapping, found ${found(properties)}`;
    report(errorAt('SCHEMA_PARAMETERS', atValue([key, 'properties']), message));
  }
}

function checkFlat(parameters: RawMap, key: string, report: Report): void {
  for (const [name, entry] of Object.entries(parameters)) {
    const path = [key, name];
    if (isMap(entry)) checkSwitches(entry, path, report);
    if (!isMap(entry)) {
      const message = `\`${name}\` in \`${key}\` must be a mapping, found ${found(entry)}`;
      const type = typeof entry === 'string' && typeNames.includes(entry) ? entry : 'string';
      report(errorAt('SCHEMA_PARAMETERS', atValue(path), message, `write \`${name}: { type: ${type} }\``));
    } else if (entry['type'] !== undefined && entry['type'] !== null && typeof entry['type'] !== 'string') {
      if (Array.isArray(entry['type'])) checkType(entry['type'], [...path, 'type'], report);
      else {
        const message = `the \`type\` of \`${name}\` must be a string, found ${found(entry['type'])}`;
        report(errorAt('SCHEMA_PARAMETERS', atValue([...path, 'type']), message));
      }
    }
  }
}

/** `required: yes` is a text in YAML 1.2, and means nothing. A parameter that is an object may list what it requires. */
function checkSwitches(entry: RawMap, path: DocumentPath, report: Report): void {
  for (const key of ['required', 'secret']) {
    const value = entry[key];
    const isList = key === 'required' && Array.isArray(value);
    if (value === undefined || value === null || typeof value === 'boolean' || isList) continue;
    const message = `\`${key}\` must be true or false, found ${found(value)}: it has no effect`;
    const place = atValue([...path, key]);
    report(warningAt('SCHEMA_PARAMETERS', place, message, 'write `true` or `false`, without quotes'));
  }
}

/** The type names of JSON Schema. The flat style has types of its own (`date`, `secret`, …) and is not held to them. */
function checkType(type: unknown, path: DocumentPath, report: Report): void {
  for (const [index, name] of [type].flat().entries()) {
    if (typeof name === 'string' && typeNames.includes(name)) continue;
    const place = atValue(Array.isArray(type) ? [...path, index] : path);
    const near = typeof name === 'string' ? suggest(name, typeNames) : undefined;
    const help = near === undefined ? `the types are: ${typeNames.join(', ')}` : `did you mean \`${near}\`?`;
    report(errorAt('SCHEMA_PARAMETERS', place, `${found(name)} is not a type of JSON Schema`, help));
  }
}
