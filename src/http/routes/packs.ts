// GET /packs, /packs/:ref, /packs/:ref/workflows.
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { CatalogQueries, FoundPack } from '../../model/catalog.ts';
import { answerUnchanged, etagOf } from '../conditional.ts';
import type { Operation } from '../operation.ts';
import { ProblemError } from '../problem.ts';
import { dataOf, pageOf } from '../schemas/shapes.ts';
import {
  addPath,
  addReader,
  answerList,
  type Methods,
  pageKeys,
  queryOf,
  refOf,
  sourceKey,
} from './resource.ts';
import {
  defaultStatuses,
  definitionStatuses,
  readWorkflowFilter,
  statusKey,
  workflowFilterKeys,
  workflowPage,
} from './workflow-filter.ts';

/** `writers`: what else can be done with them, where it can. */
export function addPackRoutes(
  app: FastifyInstance,
  queries: CatalogQueries,
  writers?: { readonly all: Methods; readonly one: Methods },
): void {
  addPath(app, '/packs', { GET: packLister(queries), ...writers?.all });
  addPath(app, '/packs/:ref', { GET: packReader(queries), ...writers?.one });
  addReader(app, '/packs/:ref/workflows', {
    id: 'listPackWorkflows',
    summary: 'List and search the workflows of a pack',
    description: 'Also of a retired pack: `?status=retired` shows what it held.',
    query: workflowFilterKeys,
    success: {
      status: 200,
      description: 'A page of summaries.',
      content: { 'application/json': workflowPage },
    },
    refusals: ['not_found'],
    handler: async (request, reply) => {
      const filter = queryOf(request, (query) => readWorkflowFilter(query, undefined));
      return answerList(request, reply, queries, filter, async () => {
        const { pack } = await findPack(queries, refOf(request));
        return queries.listWorkflows({ ...filter, pack: pack.ref });
      });
    },
  });
}

/** GET /packs. */
function packLister(queries: CatalogQueries): Operation {
  return {
    id: 'listPacks',
    summary: 'List packs',
    query: {
      status: { ...statusKey, description: 'Only of these statuses; `active,degraded` unless given.' },
      source: sourceKey,
      ...pageKeys,
    },
    success: {
      status: 200,
      description: 'A page of packs, sorted by ref.',
      content: { 'application/json': pageOf('Pack') },
    },
    handler: (request, reply) => {
      const filter = queryOf(request, (query) => ({
        statuses: query.choices('status', definitionStatuses, defaultStatuses),
        source: query.text('source'),
        ...query.page(),
      }));
      return answerList(request, reply, queries, filter, () => queries.listPacks(filter));
    },
  };
}

/** GET /packs/:ref. */
function packReader(queries: CatalogQueries): Operation {
  return {
    id: 'getPack',
    summary: 'Show a pack',
    success: { status: 200, description: 'The pack.', content: { 'application/json': dataOf('Pack') } },
    refusals: ['not_found', 'retired'],
    handler: async (request, reply) => {
      queryOf(request, () => undefined);
      const ref = refOf(request);
      const isUnchanged = await answerUnchanged(request, reply, async () => {
        const tag = ref === undefined ? undefined : await queries.packTag(ref);
        return tag && etagOf(tag);
      });
      return isUnchanged ? reply : showPack(queries, ref, reply);
    },
  };
}

/** The pack of a ref as GET gives it, its tag in `reply`; what else may stand behind the ref is thrown. */
export async function showPack(
  queries: CatalogQueries,
  ref: string | undefined,
  reply?: FastifyReply,
): Promise<object> {
  const { pack, tag } = await findPack(queries, ref);
  if (pack.status === 'retired') {
    throw new ProblemError('retired', `the pack ${pack.ref} was retired`, {
      extra: { retired_at: pack.updated },
    });
  }
  reply?.header('etag', etagOf(tag));
  return { data: pack };
}

async function findPack(queries: CatalogQueries, ref: string | undefined): Promise<FoundPack> {
  const found = ref === undefined ? undefined : await queries.getPack(ref);
  if (found === undefined) throw new ProblemError('not_found', 'there is no pack of this ref');
  return found;
}
