// Parts of a path, keys of a query and request headers → the parameters of an operation in the document.
import type { JsonObject } from '../../model/pack.ts';
import type { Operation, QueryKey, Schema } from '../operation.ts';
import { type PlacedOperation, partsOf } from './collect.ts';

type Part = { readonly description: string; readonly schema: Schema };

/** At most this many values of one key, as `query.ts` takes them. */
const maxValues = 50;

const number: Part = {
  description: 'Number of a revision.',
  schema: { type: 'integer', minimum: 1, maximum: 2_147_483_647, examples: [1] },
};

/** Parts of a path that mean the same wherever they are. */
const knownParts: Readonly<Record<string, Part>> = {
  ref: {
    description: 'Ref of a workflow (`<pack>.<name>`) or of a pack.',
    schema: { type: 'string', minLength: 1, maxLength: 255, examples: ['ops.restart'] },
  },
  batch: {
    description: 'Id of a batch of held removals.',
    schema: { type: 'string', minLength: 1, maxLength: 255, examples: ['a1b2c3d4e5f6'] },
  },
  name: {
    description: 'Name of a source, `root:` may be left out.',
    schema: { type: 'string', minLength: 1, maxLength: 255, examples: ['packs'] },
  },
  number,
  n: number,
};

export function parametersOf({ url, operation }: PlacedOperation): readonly JsonObject[] {
  return [
    ...partsOf(url).map((name) => pathParameter(name, operation)),
    ...Object.entries(operation.query ?? {}).map(([name, key]) => queryParameter(name, key)),
    ...Object.entries(operation.headers ?? {}).map(([name, { description }]) => ({
      ...{ name, in: 'header', required: false, description },
      schema: { type: 'string' },
    })),
  ];
}

function pathParameter(name: string, { params }: Operation): JsonObject {
  const part = params?.[name] ?? knownParts[name];
  if (part === undefined) throw new Error(`nothing is said of the part ${name} of a path`);
  return { name, in: 'path', required: true, ...part };
}

function queryParameter(name: string, { description, schema, required = false, list }: QueryKey): JsonObject {
  const place = { name, in: 'query', required, description };
  if (list === undefined) return { ...place, schema };
  return {
    ...place,
    ...{ style: 'form', explode: list === 'repeat' },
    schema: { type: 'array', minItems: 1, maxItems: maxValues, items: schema },
  };
}
