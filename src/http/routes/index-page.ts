// GET /: the page to begin with. Without a token, where one is needed, nothing of the registry is shown.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CatalogQueries } from '../../model/catalog.ts';
import type { DaemonState } from '../../model/daemon-state.ts';
import { AppError } from '../../model/errors.ts';
import type { Operation } from '../operation.ts';
import { closedPage, indexPage, type Search, type ShownRegistry } from '../pages/index-page.ts';
import { pagePolicy } from '../pages/style.ts';
import type { StatusSource } from '../ports.ts';
import { addReader } from './resource.ts';
import { defaultStatuses } from './workflow-filter.ts';

/** Of problems, held removals and results each. */
const pageSize = 20;
const maxPage = 1_000_000;

export function addIndexPage(app: FastifyInstance, queries: CatalogQueries, status: StatusSource): void {
  addReader(app, '/', {
    id: 'getIndexPage',
    summary: 'A page to begin with',
    description:
      'Roots, problems, held removals and a search. What it cannot read of its query it leaves aside.',
    query: {
      q: {
        description: 'What to search for.',
        schema: { type: 'string', maxLength: 200, examples: ['restart'] },
      },
      page: {
        description: 'Which page of the results.',
        schema: { type: 'integer', minimum: 1, maximum: maxPage },
      },
    },
    ...answers,
    handler: async (request, reply) => {
      reply.header('content-security-policy', pagePolicy).type('text/html; charset=utf-8');
      if (request.caller === undefined) return closedPage(baseOf(request));
      const search = readSearch(request.query);
      const registry = await readRegistry(queries, search);
      if (registry === undefined) reply.code(503);
      return indexPage(status.snapshot() as unknown as DaemonState, registry, search);
    },
  });
}

const answers: Pick<Operation, 'success' | 'also'> = {
  success: { status: 200, description: 'The page.', content: { 'text/html': { type: 'string' } } },
  also: [
    {
      status: 503,
      description: 'The page without what the database would know.',
      content: { 'text/html': { type: 'string' } },
    },
  ],
};

/** Scheme and host as the client knows them; the host is one of those allowed. */
export function baseOf({ headers }: FastifyRequest): string {
  return `http://${headers.host ?? 'localhost'}`;
}

/** A page is for people: what makes no sense in an address is as good as absent. */
function readSearch(query: unknown): Search {
  const { q, page } = (query ?? {}) as Readonly<Record<string, unknown>>;
  const words =
    typeof q === 'string'
      ? q
          .replaceAll(/\p{Cc}/gu, ' ')
          .trim()
          .slice(0, 200)
      : '';
  const number = typeof page === 'string' && /^[1-9]\d{0,5}$/.test(page) ? Number(page) : 1;
  return { q: words, page: number, pageSize };
}

async function readRegistry(
  queries: CatalogQueries,
  { q, page }: Search,
): Promise<ShownRegistry | undefined> {
  const none = { source: undefined };
  const first = { page: 1, pageSize };
  const filter = { ...none, pack: undefined, tags: [], tagsAny: [], enabled: undefined, sort: undefined };
  try {
    const [problems, held, found] = await Promise.all([
      queries.listProblems({ ...none, ...first, pack: undefined, states: [] }),
      queries.listHeld({ ...none, ...first, states: ['open'] }),
      q === ''
        ? undefined
        : queries.listWorkflows({ ...filter, q, statuses: defaultStatuses, page, pageSize }),
    ]);
    return { problems, held, found };
  } catch (error) {
    // The roots are known without it.
    if (error instanceof AppError && error.code === 'database_unreachable') return undefined;
    throw error;
  }
}
