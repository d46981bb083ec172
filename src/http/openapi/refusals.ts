// Which problem codes an operation may answer with, and how they stand among its responses.
import type { JsonObject } from '../../model/pack.ts';
import { type Operation, schemaRef } from '../operation.ts';
import { type ProblemCode, problems } from '../problem.ts';

/** What is true of a place whatever is asked there. */
export type Place = {
  readonly method: string;
  /** Below the base: queries are read whole, and tokens, rates and the registry come into play. */
  readonly isApi: boolean;
  readonly hasParts: boolean;
};

const codes = Object.keys(problems) as readonly ProblemCode[];
const withStatus = (status: number) => codes.filter((code) => problems[code][0] === status);

/** Every code but those of a request that never came whole, which `default` stands for. */
export function refusalsOf(operation: Operation, { method, isApi, hasParts }: Place): readonly ProblemCode[] {
  const isWrite = method !== 'get';
  const found = new Set<ProblemCode>(['host_forbidden', 'shutting_down', ...(operation.refusals ?? [])]);
  const add = (...more: readonly ProblemCode[]) => more.forEach((code) => void found.add(code));
  const takesJson = isWrite && 'application/json' in (operation.body?.content ?? { 'application/json': {} });
  if (hasParts || takesJson) add('bad_request');
  if (isWrite) add('origin_forbidden', 'body_too_large', 'unsupported_media_type');
  if (isApi) add('unauthorized', 'invalid_query', 'database_unreachable', ...withStatus(429));
  if (isApi && isWrite && operation.changes !== false) add('role_forbidden');
  if (isApi && takesJson && method !== 'delete') add('invalid_body');
  return codes.filter((code) => found.has(code));
}

/** By status, each with its codes, in the order of the table. */
export function byStatus(found: readonly ProblemCode[]): ReadonlyMap<number, readonly ProblemCode[]> {
  const grouped = new Map<number, ProblemCode[]>();
  for (const code of found) {
    const [status] = problems[code];
    grouped.set(status, [...(grouped.get(status) ?? []), code]);
  }
  return new Map([...grouped].sort(([one], [other]) => one - other));
}

/** The response of a status that has no other content than problem documents. */
export function refusalResponse(status: number, found: readonly ProblemCode[]): JsonObject {
  return {
    description: found.map((code) => `\`${code}\`: ${problems[code][1]}.`).join(' '),
    ...headersOf(status),
    content: { 'application/problem+json': { schema: problemOf(status, found) } },
  };
}

/** Any other refusal: of a request that did not come whole, or a failure of ours. */
export const otherRefusal: JsonObject = {
  description:
    'Any other refusal: 408 and 431 for a request that did not come in time or has too large headers, 500 for an error of ours.',
  content: { 'application/problem+json': { schema: schemaRef('ProblemDocument') } },
};

function problemOf(status: number, found: readonly ProblemCode[]): JsonObject {
  return {
    allOf: [schemaRef('ProblemDocument')],
    properties: { status: { const: status }, code: { enum: found } },
  };
}

function headersOf(status: number): JsonObject {
  const header = (name: string, description: string): JsonObject => ({
    headers: { [name]: { description, schema: { type: 'string' } } },
  });
  if (status === 401) return header('WWW-Authenticate', 'How to say who one is.');
  if (status === 429 || status === 503) return header('Retry-After', 'Seconds after which to try again.');
  return {};
}
