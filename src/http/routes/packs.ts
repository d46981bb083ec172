// GET /packs, /packs/:ref, /packs/:ref/workflows.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CatalogQueries, PackRow } from '../../model/catalog.ts';
import { ProblemError } from '../problem.ts';
import { addReader, listBody, queryOf, refOf } from './resource.ts';
import { defaultStatuses, definitionStatuses, readWorkflowFilter } from './workflows.ts';

export function addPackRoutes(app: FastifyInstance, queries: CatalogQueries): void {
  addReader(app, '/packs', async (request) => {
    const filter = queryOf(request, (query) => ({
      statuses: query.choices('status', definitionStatuses, defaultStatuses),
      source: query.text('source'),
      ...query.page(),
    }));
    return listBody(await queries.listPacks(filter), filter);
  });

  addReader(app, '/packs/:ref', async (request) => {
    queryOf(request, () => undefined);
    const pack = await findPack(request, queries);
    if (pack.status === 'retired') {
      throw new ProblemError('retired', `the pack ${pack.ref} was retired`, {
        extra: { retired_at: pack.updated },
      });
    }
    return { data: pack };
  });

  addReader(app, '/packs/:ref/workflows', async (request) => {
    const filter = queryOf(request, (query) => readWorkflowFilter(query, undefined));
    // Also of a retired pack: `?status=retired` shows what it held.
    const { ref } = await findPack(request, queries);
    return listBody(await queries.listWorkflows({ ...filter, pack: ref }), filter);
  });
}

async function findPack(request: FastifyRequest, queries: CatalogQueries): Promise<PackRow> {
  const ref = refOf(request);
  const pack = ref === undefined ? undefined : await queries.getPack(ref);
  if (pack === undefined) throw new ProblemError('not_found', 'there is no pack of this ref');
  return pack;
}
