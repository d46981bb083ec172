// One path and its methods: GET brings HEAD, 405 with Allow for every other method; lists with pagination; refs and names of a path.
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { Facets } from '../../model/answers.ts';
import type { CatalogQueries, Page, PageRequest, TaggedPage } from '../../model/catalog.ts';
import { answerAnew, answerAsBefore, type Standing } from '../answers.ts';
import { etagAt } from '../conditional.ts';
import type { Operation, QueryKey } from '../operation.ts';
import { ProblemError } from '../problem.ts';
import { type QueryReader, readQuery } from '../query.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
/** What can be done with a path. */
export type Methods = Readonly<Partial<Record<Method, Operation>>>;

const methods: readonly HTTPMethods[] = ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE'];

/** Registers a path that can only be read. */
export function addReader(app: FastifyInstance, url: string, asked: Operation): void {
  addPath(app, url, { GET: asked });
}

/** Registers a path with all that can be done with it. */
export function addPath(app: FastifyInstance, url: string, methodsOf: Methods): void {
  const allowed: HTTPMethods[] = [];
  for (const [method, operation] of Object.entries(methodsOf) as [Method, Operation][]) {
    // HEAD comes with GET.
    allowed.push(...(method === 'GET' ? ['GET', 'HEAD'] : [method]));
    app.route({
      method,
      url,
      config: { operation },
      ...(operation.body?.maxBytes === undefined ? {} : { bodyLimit: operation.body.maxBytes }),
      handler: async (request, reply) => operation.handler(request, reply),
    });
  }
  const allow = allowed.join(', ');
  app.route({
    method: methods.filter((method) => !allowed.includes(method)),
    url,
    // Before a body is read: a refused method must not cost one.
    onRequest: async (request) => {
      throw new ProblemError('method_not_allowed', `${request.method} is not allowed here, only ${allow}`, {
        headers: { allow },
      });
    },
    handler: async () => undefined,
  });
}

/** Keys that every list reads with `query.page()`. */
export const pageKeys: Readonly<Record<string, QueryKey>> = {
  page: {
    description: 'Which page, from 1. One past the end is empty.',
    schema: { type: 'integer', minimum: 1, maximum: 1_000_000_000, default: 1 },
  },
  page_size: {
    description: 'How many items are on a page.',
    schema: { type: 'integer', minimum: 1, maximum: 100, default: 50 },
  },
};

export const sourceKey: QueryKey = {
  description: 'Only of this source: `root:<name>` or `api`.',
  schema: { type: 'string', minLength: 1, maxLength: 255, examples: ['root:packs'] },
};

/** What a list answers. */
export function listBody<Row>(page: Page<Row>, { page: number, pageSize }: PageRequest): object {
  const totalPages = Math.ceil(page.totalItems / pageSize);
  return {
    data: page.items,
    pagination: {
      page: number,
      page_size: pageSize,
      total_items: page.totalItems,
      total_pages: totalPages,
      has_previous: number > 1 && totalPages > 0,
      has_next: number < totalPages,
    },
  };
}

/** Answers with a slice of a list that changes with the catalogue, unless the client has it. */
export async function answerList<Row>(
  request: FastifyRequest,
  reply: FastifyReply,
  queries: CatalogQueries,
  slice: PageRequest,
  list: () => Promise<TaggedPage<Row> & { readonly facets?: Facets | undefined }>,
): Promise<object> {
  const { url } = request;
  const standing: Standing = {
    now: () => queries.catalogTag(),
    etag: async (now) => etagAt(now ?? (await queries.catalogTag()), url),
  };
  if (await answerAsBefore(request, reply, standing)) return reply;
  const page = await list();
  const content = { ...listBody(page, slice), ...(page.facets && { facets: page.facets }) };
  return answerAnew(request, reply, { etag: etagAt(page.tag, url), asOf: page.tag }, content);
}

/** Reads a query whole: what `read` does not ask for is refused. */
export function queryOf<T>(request: FastifyRequest, read: (query: QueryReader) => T): T {
  const query = readQuery(request.query);
  const value = read(query);
  query.finish();
  return value;
}

/** The `:ref` of a path, undefined where it cannot be the ref of anything. */
export function refOf(request: FastifyRequest): string | undefined {
  return paramOf(request, 'ref');
}

/** A part of a path by its name, undefined where it cannot be the name of anything. */
export function paramOf(request: FastifyRequest, name: string): string | undefined {
  const params = request.params as Readonly<Record<string, unknown>> | null;
  const value = params?.[name];
  return typeof value === 'string' && /^[A-Za-z0-9_.:-]{1,255}$/.test(value) ? value : undefined;
}

/** A source by its own name or by the name of its root, undefined where it is neither. */
export function sourceOf(name: string): string | undefined {
  const [, root] = /^(?:root:)?([a-z0-9][a-z0-9_-]*)$/.exec(name) ?? [];
  return root === undefined ? undefined : `root:${root}`;
}
