// How schemas of answers are written: every key is there unless it is named optional; more keys may be added at any time.
import { type Schema, schemaRef } from '../operation.ts';

type Properties = Readonly<Record<string, Schema>>;

/** A mapping with these keys. */
export function object(
  description: string,
  properties: Properties,
  optional: readonly string[] = [],
): Schema {
  const required = Object.keys(properties).filter((key) => !optional.includes(key));
  return { type: 'object', description, ...(required.length > 0 ? { required } : {}), properties };
}

export function text(description: string, more: Schema = {}): Schema {
  return { type: 'string', description, ...more };
}

/** One of these words. */
export function word(description: string, words: readonly string[]): Schema {
  return { type: 'string', description, enum: words };
}

/** 0 or more. */
export function count(description: string, more: Schema = {}): Schema {
  return { type: 'integer', minimum: 0, description, ...more };
}

export function flag(description: string): Schema {
  return { type: 'boolean', description };
}

export function time(description: string): Schema {
  return { type: 'string', format: 'date-time', description, examples: ['2031-05-04T10:20:30.400Z'] };
}

export function digest(description: string): Schema {
  return { type: 'string', pattern: '^[0-9a-f]{64}$', description, examples: ['5f'.repeat(32)] };
}

/** The same, or null; only for a schema with a `type` of its own. */
export function orNull(schema: Schema): Schema {
  const { type, enum: words } = schema;
  return {
    ...schema,
    type: [type, 'null'].flat() as string[],
    ...(Array.isArray(words) ? { enum: [...words, null] } : {}),
  };
}

export function list(description: string, items: Schema): Schema {
  return { type: 'array', description, items };
}

/** A mapping whose keys are not ours. */
export function mapping(description: string, values: Schema | true = true): Schema {
  return { type: 'object', description, additionalProperties: values };
}

/** `{"data": …}`, the named schema in it. */
export function dataOf(name: string): Schema {
  return dataIs(schemaRef(name));
}

export function dataIs(schema: Schema): Schema {
  return { type: 'object', required: ['data'], properties: { data: schema } };
}

/** A page of the named schema; `more`: what may stand beside it. */
export function pageOf(name: string, more: Properties = {}): Schema {
  return {
    type: 'object',
    required: ['data', 'pagination'],
    properties: {
      data: { type: 'array', items: schemaRef(name) },
      pagination: schemaRef('Pagination'),
      ...more,
    },
  };
}
