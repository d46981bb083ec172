// One path and its readers: GET (and with it HEAD), 405 with Allow for every other method, lists with pagination.
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { Page, PageRequest } from '../../model/catalog.ts';
import { ProblemError } from '../problem.ts';
import { type QueryReader, readQuery } from '../query.ts';

type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/** HEAD comes with GET. */
const readMethods = 'GET, HEAD';
const otherMethods: readonly HTTPMethods[] = ['DELETE', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE'];

/** Registers a path that can only be read. */
export function addReader(app: FastifyInstance, url: string, handler: Handler): void {
  app.get(url, async (request, reply) => handler(request, reply));
  app.route({
    method: [...otherMethods],
    url,
    // Before a body is read: a refused method must not cost one.
    onRequest: async (request) => {
      throw new ProblemError(
        'method_not_allowed',
        `${request.method} is not allowed here, only ${readMethods}`,
        {
          headers: { allow: readMethods },
        },
      );
    },
    handler: async () => undefined,
  });
}

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

/** Reads a query whole: what `read` does not ask for is refused. */
export function queryOf<T>(request: FastifyRequest, read: (query: QueryReader) => T): T {
  const query = readQuery(request.query);
  const value = read(query);
  query.finish();
  return value;
}

/** The `:ref` of a path, undefined where it cannot be the ref of anything. */
export function refOf(request: FastifyRequest): string | undefined {
  const { params } = request;
  const ref = typeof params === 'object' && params !== null && 'ref' in params ? params.ref : undefined;
  return typeof ref === 'string' && /^[A-Za-z0-9_.-]{1,255}$/.test(ref) ? ref : undefined;
}
