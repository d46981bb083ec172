// Words for a deviation from the schema: names the property, what was expected and what was found.
import type { ErrorObject } from 'ajv/dist/2020.js';
import type { DiagnosticCode, DocumentPath } from '../model/diagnostic.ts';
import type { FileRole } from '../model/pack.ts';
import { asWritten, atKey, atValue, type Problem } from './problem.ts';
import { suggest } from './suggest.ts';

/** Property names that stand for a number of seconds. */
const inSeconds: ReadonlySet<string> = new Set(['timeout', 'delay', 'max_delay', 'timeout_seconds']);
/** Strings that hold an expression: a bare boolean or list there lacks its template. */
const conditions: ReadonlySet<string> = new Set(['when', 'on_error', 'with_items']);
/** Keys that other programs of this kind read and that have no effect at the top of a workflow. */
const withoutEffect: ReadonlySet<string> = new Set([
  'name',
  'author',
  'input',
  'enabled',
  'on_error',
  'metadata',
  'config',
]);

/** The problem behind one schema error; undefined when a rule says the same better. */
export function shapeProblem(role: FileRole, error: ErrorObject, path: DocumentPath): Problem | undefined {
  const property = nameOf(path);
  // `ref` and `version` of a manifest have codes of their own.
  if (role === 'manifest' && (property === 'ref' || property === 'version')) return undefined;
  const limit = Number(error.params['limit']);
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(role, error, path);
    case 'required':
      return role === 'manifest' ? undefined : missing(String(error.params['missingProperty']), path);
    case 'type':
      return problem(
        'SCHEMA_TYPE',
        path,
        `${subject(path)} must be ${expected(error, property)}, found ${found(error.data)}`,
        typeHelp(error, path),
      );
    case 'enum': {
      // A number where a word is wanted is told once, by its type.
      if (error.parentSchema?.['type'] === 'string' && typeof error.data !== 'string') return undefined;
      const allowed = (error.params['allowedValues'] as readonly unknown[]).map(String);
      const near = typeof error.data === 'string' ? suggest(error.data, allowed) : undefined;
      const message = `${subject(path)} must be one of ${allowed.join(', ')}, found ${found(error.data)}`;
      return problem(
        'SCHEMA_ENUM',
        path,
        message,
        near === undefined ? `for example \`${allowed[0]}\`` : `did you mean \`${near}\`?`,
      );
    }
    case 'minLength':
    case 'maxLength':
      return length(error, path, limit, limit === 1 ? 'character' : 'characters');
    case 'minItems':
      return length(error, path, limit, limit === 1 ? 'entry' : 'entries');
    case 'minProperties':
    case 'maxProperties':
      return length(error, path, limit, limit === 1 ? 'key' : 'keys');
    case 'minimum':
    case 'maximum':
      return range(error, path, property);
    default:
      return problem('SCHEMA_PATTERN', path, `${subject(path)} ${error.message ?? 'does not fit'}`);
  }
}

function problem(code: DiagnosticCode, path: DocumentPath, message: string, help?: string): Problem {
  return { code, severity: 'error', message, place: atValue(path), ...(help === undefined ? {} : { help }) };
}

function nameOf(path: DocumentPath): string {
  for (let index = path.length - 1; index >= 0; index -= 1) {
    const step = path[index];
    if (typeof step === 'string') return step;
  }
  return '';
}

/** `timeout`, or "each entry of `tags`" for something in a list. */
function subject(path: DocumentPath): string {
  if (path.length === 0) return 'the file';
  const name = nameOf(path);
  return typeof path.at(-1) === 'number' ? `each entry of \`${name}\`` : `\`${name}\``;
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'a string',
  integer: 'an integer',
  boolean: 'true or false',
  object: 'a mapping',
  array: 'a list',
};

function expected(error: ErrorObject, property: string): string {
  // An empty key is told as a missing one, before anything is looked at here.
  const types = [error.params['type']]
    .flat()
    .map(String)
    .filter((type) => type !== 'null');
  if (property === 'vars') return 'a mapping';
  const words = types.map((type) => typeWords[type] ?? type).join(' or ');
  if (types[0] === 'integer' && inSeconds.has(property)) return 'an integer number of seconds';
  return words;
}

/** A value as an author would recognise it: its kind, and its text when that is short. */
export function found(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string')
    return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 39)}…` : value)}`;
  return typeof value === 'number' ? `the number ${asWritten}` : `the boolean ${String(value)}`;
}

function typeHelp(error: ErrorObject, path: DocumentPath): string | undefined {
  const property = nameOf(path);
  const { data } = error;
  const type = [error.params['type']].flat()[0];
  if (type === 'string') {
    if (conditions.has(property)) return 'write a template: "{{ … }}"';
    if (property.startsWith('on_') && Array.isArray(data))
      return 'use `next` with `do: […]` for several tasks';
    if (typeof data === 'number' || typeof data === 'boolean') return `quote it: "${asWritten}"`;
  }
  if ((type === 'integer' || type === 'boolean') && typeof data === 'string' && isLiteral(data))
    return 'remove the quotes';
  if (type === 'array' && typeof data === 'string') return `write a list: [${data.length > 40 ? '…' : data}]`;
  if (property === 'publish' && type === 'array') return 'write a list of one-key maps: [ { name: value } ]';
  if (type === 'array' && data !== null && typeof data === 'object') return 'begin each entry with "- "';
  return undefined;
}

function isLiteral(text: string): boolean {
  return /^(?:[0-9]+|true|false)$/.test(text);
}

function missing(name: string, path: DocumentPath): Problem {
  const where = path.length === 0 ? 'the file' : `this ${kindOf(path)}`;
  const message = `${where} has no \`${name}\``;
  return {
    code: 'SCHEMA_REQUIRED',
    severity: 'error',
    message,
    help: `add \`${name}:\``,
    place: atValue(path),
  };
}

function kindOf(path: DocumentPath): string {
  switch (nameOf(path)) {
    case 'tasks':
      return 'task';
    case 'next':
      return 'transition';
    case 'decision':
      return 'decision branch';
    case 'retry':
      return 'retry';
    default:
      return 'mapping';
  }
}

function unknownKey(role: FileRole, error: ErrorObject, path: DocumentPath): Problem {
  const key = String(error.params['additionalProperty']);
  const known = Object.keys(
    (error.parentSchema?.['properties'] as Record<string, unknown> | undefined) ?? {},
  );
  const near = suggest(key, known);
  const isTop = path.length === 0;
  const where = isTop
    ? { workflow: 'a workflow', action: 'an action', manifest: 'a pack' }[role]
    : `a ${kindOf(path)}`;
  let help = 'it has no effect: remove it';
  if (role === 'workflow' && isTop && withoutEffect.has(key))
    help = 'it has no effect here; other platforms read it';
  else if (near !== undefined) help = `did you mean \`${near}\`?`;
  const message = `\`${key}\` is not a key of ${where}`;
  return { code: 'SCHEMA_UNKNOWN_KEY', severity: 'warning', message, help, place: atKey([...path, key]) };
}

function length(error: ErrorObject, path: DocumentPath, limit: number, unit: string): Problem {
  const bound = error.keyword.startsWith('min') ? 'at least' : 'at most';
  const size = sizeOf(error.data);
  const message = `${subject(path)} must have ${bound} ${limit} ${unit}, found ${size === 0 ? 'none' : size}`;
  const tooMany = error.keyword === 'maxProperties' ? 'give each key an entry of its own' : 'shorten it';
  return problem('SCHEMA_LENGTH', path, message, bound === 'at least' ? 'add one' : tooMany);
}

function sizeOf(value: unknown): number {
  // Of a string in characters, as JSON Schema counts.
  if (typeof value === 'string') return [...value].length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}

function range(error: ErrorObject, path: DocumentPath, property: string): Problem {
  const schema = error.parentSchema ?? {};
  const bounds =
    schema['maximum'] === undefined
      ? `at least ${schema['minimum']}`
      : `${schema['minimum']} to ${schema['maximum']}`;
  const isRetryCount = property === 'count' && path.at(-2) === 'retry';
  const message = `${subject(path)} must be ${bounds}, found ${asWritten}`;
  if (isRetryCount) return problem('RULE_RETRY_RANGE', path, message, 'remove `retry` to try once only');
  return problem('SCHEMA_RANGE', path, message, 'choose a number within these bounds, or remove the key');
}
