// GET /packs, /packs/:ref, /packs/:ref/workflows.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CatalogQueries, PackRow } from '../../model/catalog.ts';
import type { Operation } from '../operation.ts';
import { ProblemError } from '../problem.ts';
import { dataOf, pageOf } from '../schemas/shapes.ts';
import { addReader, listBody, pageKeys, queryOf, refOf, sourceKey } from './resource.ts';
import {
  defaultStatuses,
  definitionStatuses,
  readWorkflowFilter,
  statusKey,
  workflowFilterKeys,
} from './workflows.ts';

export function addPackRoutes(app: FastifyInstance, queries: CatalogQueries): void {
  addReader(app, '/packs', {
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
    handler: async (request) => {
      const filter = queryOf(request, (query) => ({
        statuses: query.choices('status', definitionStatuses, defaultStatuses),
        source: query.text('source'),
        ...query.page(),
      }));
      return listBody(await queries.listPacks(filter), filter);
    },
  });
  addReader(app, '/packs/:ref', packReader(queries));
  addReader(app, '/packs/:ref/workflows', {
    id: 'listPackWorkflows',
    summary: 'List and search the workflows of a pack',
    description: 'Also of a retired pack: `?status=retired` shows what it held.',
    query: workflowFilterKeys,
    success: {
      status: 200,
      description: 'A page of summaries.',
      content: { 'application/json': pageOf('WorkflowSummary') },
    },
    refusals: ['not_found'],
    handler: async (request) => {
      const filter = queryOf(request, (query) => readWorkflowFilter(query, undefined));
      const { ref } = await findPack(request, queries);
      return listBody(await queries.listWorkflows({ ...filter, pack: ref }), filter);
    },
  });
}

/** GET /packs/:ref. */
function packReader(queries: CatalogQueries): Operation {
  return {
    id: 'getPack',
    summary: 'Show a pack',
    success: { status: 200, description: 'The pack.', content: { 'application/json': dataOf('Pack') } },
    refusals: ['not_found', 'retired'],
    handler: async (request) => {
      queryOf(request, () => undefined);
      const pack = await findPack(request, queries);
      if (pack.status === 'retired') {
        throw new ProblemError('retired', `the pack ${pack.ref} was retired`, {
          extra: { retired_at: pack.updated },
        });
      }
      return { data: pack };
    },
  };
}

async function findPack(request: FastifyRequest, queries: CatalogQueries): Promise<PackRow> {
  const ref = refOf(request);
  const found = ref === undefined ? undefined : await queries.getPack(ref);
  if (found === undefined) throw new ProblemError('not_found', 'there is no pack of this ref');
  return found.pack;
}
