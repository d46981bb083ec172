// The document's schemas at work: validators for any place in it, with what it leaves open closed.
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ApiDocument } from './whole-app.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** RFC 3339 as the API writes it. */
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/**
 * Validators of places in the document by JSON pointer, such as `#/components/schemas/Pack`. A mapping whose keys are named and
 * that says nothing of others is taken to have no others: an answer with a key that is not documented fails.
 */
export function createPlaces(document: ApiDocument) {
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { 'date-time': dateTime } });
  const { components, paths } = document as unknown as {
    components: { schemas: Json; responses: Json };
    paths: Json;
  };
  ajv.addSchema({ $id: 'doc', components: closed(components), paths: closed(paths) } as object);
  return (pointer: string, value: unknown): string[] => {
    const validate = ajv.getSchema(`doc${pointer}`) ?? ajv.compile({ $ref: `doc${pointer}` });
    validate(value);
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
    );
  };
}

/** Of a pointer: `/` in a key is `~1`. */
export function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function closed(value: Json): Json {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, closed(one)]));
  const isOpen =
    inner['type'] !== 'object' && !(Array.isArray(inner['type']) && inner['type'].includes('object'));
  if (isOpen || inner['properties'] === undefined || 'additionalProperties' in inner) return inner;
  return { ...inner, additionalProperties: false };
}
