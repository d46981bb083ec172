// Operations as collected → the OpenAPI 3.1 document.
import type { Json, JsonObject } from '../../model/pack.ts';
import type { Answer, Operation, Schema } from '../operation.ts';
import { type PlacedOperation, partsOf, pathOf } from './collect.ts';
import { namedSchemas } from './components.ts';
import { exampleOf } from './examples.ts';
import { overview } from './overview.ts';
import { parametersOf } from './parameters.ts';
import { withReadPlace } from './read-places.ts';
import { byStatus, otherRefusal, refusalResponse, refusalsOf } from './refusals.ts';
import { withTag } from './tagged.ts';
import { tagOf, tags } from './tags.ts';

export type DocumentOptions = {
  readonly operations: readonly PlacedOperation[];
  readonly version: string;
  /** Schemas of an author's files, by their names in the document. */
  readonly definitions: Readonly<Record<string, JsonObject>>;
  /** Whether this daemon asks for a token there. */
  needsToken(url: string): boolean;
};

export const apiBase = '/api/v1';

const token: JsonObject = {
  type: 'http',
  scheme: 'bearer',
  description: 'A line of the token file; its role is `read` or `write`.',
};

type Named = Readonly<Record<string, Schema>>;
type Shared = Map<string, JsonObject>;

export function buildDocument({ operations, version, definitions, needsToken }: DocumentOptions): JsonObject {
  const named = namedSchemas(definitions);
  const shared: Shared = new Map();
  const paths: Record<string, Record<string, Json>> = {};
  for (const one of operations) {
    const placed = withTag(withReadPlace(one, apiBase), one.url.startsWith(`${apiBase}/`));
    const path = pathOf(placed.url);
    paths[path] = {
      ...paths[path],
      [placed.method]: describe(placed, needsToken(placed.url), named, shared),
    };
  }
  const order = Object.fromEntries(Object.entries(paths).sort(([one], [other]) => (one < other ? -1 : 1)));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Packwatch',
      version,
      summary: 'The registry of workflow definitions, kept equal to the packs on disk.',
      description: overview,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The daemon that gives this document.' }],
    tags: tags.filter(({ name }) => operations.some(({ url }) => tagOf(url) === name)),
    paths: order,
    components: {
      schemas: named,
      responses: { ...Object.fromEntries(shared), Failure: otherRefusal },
      ...(operations.some(({ url }) => needsToken(url)) ? { securitySchemes: { token } } : {}),
    },
  };
}

function describe(placed: PlacedOperation, needsToken: boolean, named: Named, shared: Shared): JsonObject {
  const { method, url, operation } = placed;
  const parameters = parametersOf(placed);
  return {
    operationId: operation.id ?? wordOf(method, url),
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    tags: [tagOf(url)],
    security: needsToken ? [{ token: [] }] : [],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(operation.body === undefined ? {} : { requestBody: bodyOf(operation.body, named) }),
    responses: responsesOf(placed, named, shared),
  };
}

/** `get /api/v1/workflows/:ref/revisions` → `getWorkflowsRefRevisions`. */
function wordOf(method: string, url: string): string {
  const words = url.replace(apiBase, '').match(/\w+/g) ?? ['root'];
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function bodyOf({ required, content, maxBytes }: NonNullable<Operation['body']>, named: Named): JsonObject {
  const mebibytes = Math.round((maxBytes ?? 1024 ** 2) / 1024 ** 2);
  return { required, description: `At most ${mebibytes} MiB.`, content: contentOf(content, named) };
}

function contentOf(content: Readonly<Record<string, Schema>>, named: Named): JsonObject {
  return Object.fromEntries(
    Object.entries(content).map(([type, schema]) => [
      type,
      { schema, ...(type === 'application/json' ? { example: exampleOf(schema, named) } : {}) },
    ]),
  );
}

function responsesOf({ method, url, operation }: PlacedOperation, named: Named, shared: Shared): JsonObject {
  const responses = new Map<string, JsonObject>();
  const notModified = Object.keys(operation.headers ?? {}).some((name) => /^if-none-match$/i.test(name));
  const answers: readonly Answer[] = [
    operation.success,
    ...(operation.also ?? []),
    ...(notModified ? [{ status: 304, description: 'It is still as the client has it.' }] : []),
  ];
  for (const answer of answers) responses.set(String(answer.status), answerOf(answer, named));
  const place = { method, isApi: url.startsWith(`${apiBase}/`), hasParts: partsOf(url).length > 0 };
  for (const [status, codes] of byStatus(refusalsOf(operation, place))) {
    const refusal = refusalResponse(status, codes);
    const answer = responses.get(String(status));
    responses.set(
      String(status),
      answer === undefined ? share(codes, refusal, shared) : join(answer, refusal),
    );
  }
  responses.set('default', { $ref: '#/components/responses/Failure' });
  return Object.fromEntries([...responses].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function answerOf({ description, content, headers }: Answer, named: Named): JsonObject {
  const entries = Object.entries(headers ?? {});
  return {
    description,
    ...(entries.length === 0
      ? {}
      : {
          headers: Object.fromEntries(
            entries.map(([name, header]) => [name, { ...header, schema: { type: 'string' } }]),
          ),
        }),
    ...(content === undefined ? {} : { content: contentOf(content, named) }),
  };
}

/** Refusals that are alike everywhere stand in the document once. */
function share(codes: readonly string[], refusal: JsonObject, shared: Shared): JsonObject {
  const name = codes.map((code) =>
    code.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase()),
  );
  shared.set(name.join('Or'), refusal);
  return { $ref: `#/components/responses/${name.join('Or')}` };
}

/** An answer and a refusal of one status. */
function join(answer: JsonObject, refusal: JsonObject): JsonObject {
  return {
    ...answer,
    description: `${answer['description']} Or: ${refusal['description']}`,
    content: { ...(answer['content'] as JsonObject), ...(refusal['content'] as JsonObject) },
  };
}
