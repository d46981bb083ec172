// GET /workflows/:ref/callers and /callees: who calls a workflow, and whom it calls, across packs.
import type { FastifyInstance } from 'fastify';
import type { CatalogQueries, PageRequest, TaggedPage } from '../../model/catalog.ts';
import type { Operation } from '../operation.ts';
import { pageOf } from '../schemas/shapes.ts';
import { refuseUnknown } from './history.ts';
import { addReader, answerList, pageKeys, queryOf, refOf } from './resource.ts';

export function addCallRoutes(app: FastifyInstance, queries: CatalogQueries): void {
  addReader(app, '/workflows/:ref/callers', {
    id: 'listCallers',
    summary: 'List who calls a workflow',
    description:
      'Workflows that are not retired and have a task whose `action` is this ref, by ref, in whatever pack. Also of what is retired, as long as it is not purged.',
    ...described('A page of workflows with the tasks that call.', 'Caller'),
    handler: lister(queries, (ref, page) => queries.listCallers(ref, page)),
  });
  addReader(app, '/workflows/:ref/callees', {
    id: 'listCallees',
    summary: 'List whom a workflow calls',
    description:
      'Every ref that its tasks name, at every depth, by ref, and whether executors can call it. An `action` that is a template is not among them.',
    ...described('A page of refs with the tasks that call them.', 'Callee'),
    handler: lister(queries, (ref, page) => queries.listCallees(ref, page)),
  });
}

function described(description: string, row: string): Pick<Operation, 'query' | 'success' | 'refusals'> {
  return {
    query: pageKeys,
    success: { status: 200, description, content: { 'application/json': pageOf(row) } },
    refusals: ['not_found', 'not_registered'],
  };
}

function lister<Row>(
  queries: CatalogQueries,
  list: (ref: string, page: PageRequest) => Promise<TaggedPage<Row> | undefined>,
): Operation['handler'] {
  return async (request, reply) => {
    const page = queryOf(request, (query) => query.page());
    const ref = refOf(request);
    // Before any condition: what is not there has nothing that a client could have.
    const found = ref === undefined ? undefined : await list(ref, page);
    if (found === undefined) return refuseUnknown(request, reply, queries);
    return answerList(request, reply, queries, page, async () => found);
  };
}
