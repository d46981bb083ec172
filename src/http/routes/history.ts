// GET /workflows/:ref/revisions and /revisions/:n: what was served, also of what is retired.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CatalogQueries } from '../../model/catalog.ts';
import { answerUnchanged, etagOf } from '../conditional.ts';
import type { Operation } from '../operation.ts';
import { ProblemError } from '../problem.ts';
import { dataOf, pageOf } from '../schemas/shapes.ts';
import { addReader, listBody, pageKeys, paramOf, queryOf, refOf } from './resource.ts';
import { showWorkflow } from './workflows.ts';

export function addHistoryRoutes(app: FastifyInstance, queries: CatalogQueries): void {
  addReader(app, '/workflows/:ref/revisions', {
    id: 'listRevisions',
    summary: 'List the history of a workflow',
    description: 'Also of what is retired, as long as it is not purged.',
    query: pageKeys,
    success: {
      status: 200,
      description: 'A page of revisions, the newest first.',
      content: { 'application/json': pageOf('Revision') },
    },
    refusals: ['not_found', 'not_registered'],
    handler: async (request, reply) => {
      const page = queryOf(request, (query) => query.page());
      const ref = refOf(request);
      const revisions = ref === undefined ? undefined : await queries.listRevisions(ref, page);
      return revisions === undefined ? refuseUnknown(request, reply, queries) : listBody(revisions, page);
    },
  });
  addReader(app, '/workflows/:ref/revisions/:number', revisionReader(queries));
}

/** GET /workflows/:ref/revisions/:number. */
function revisionReader(queries: CatalogQueries): Operation {
  return {
    id: 'getRevision',
    summary: 'Show a revision',
    description: 'Also of what is retired, as long as it is not purged.',
    success: {
      status: 200,
      description: 'The revision as it was.',
      content: { 'application/json': dataOf('RevisionDetail') },
    },
    refusals: ['not_found', 'not_registered', 'revision_not_found'],
    handler: (request, reply) => {
      queryOf(request, () => undefined);
      return getRevision(request, reply, queries);
    },
  };
}

async function getRevision(
  request: FastifyRequest,
  reply: FastifyReply,
  queries: CatalogQueries,
): Promise<object> {
  const ref = refOf(request);
  const number = numberOf(request);
  if (ref === undefined) return refuseUnknown(request, reply, queries);
  const isUnchanged = await answerUnchanged(request, reply, async () => {
    const tag = await queries.revisionTag(ref, number ?? 0);
    return tag && etagOf(tag);
  });
  if (isUnchanged) return reply;
  // No revision has the number 0: whether there is a workflow of the ref is told first.
  const lookup = await queries.getRevision(ref, number ?? 0);
  switch (lookup.kind) {
    case 'found':
      reply.header('etag', etagOf(lookup.tag));
      return { data: lookup.revision };
    case 'not_found':
      return refuseUnknown(request, reply, queries);
    case 'revision_not_found':
      throw new ProblemError(
        'revision_not_found',
        `${ref} has no revision ${number === undefined ? 'of this number' : number}; the newest is ${lookup.newest}`,
      );
    default:
      return lookup satisfies never;
  }
}

/** Says what there is behind a ref that was never registered. */
export async function refuseUnknown(
  request: FastifyRequest,
  reply: FastifyReply,
  queries: CatalogQueries,
): Promise<never> {
  await showWorkflow(queries, refOf(request), reply);
  throw new ProblemError('not_found', 'it was not there a moment ago; try again');
}

function numberOf(request: FastifyRequest): number | undefined {
  const text = paramOf(request, 'number') ?? '';
  const number = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
  return number !== undefined && number <= 2_147_483_647 ? number : undefined;
}
