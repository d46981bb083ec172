// GET /problems: files with an error or not served as they stand.
import type { FastifyInstance } from 'fastify';
import type { CatalogQueries } from '../../model/catalog.ts';
import { addReader, listBody, queryOf } from './resource.ts';

export function addProblemRoutes(app: FastifyInstance, queries: CatalogQueries): void {
  addReader(app, '/problems', async (request) => {
    const filter = queryOf(request, (query) => ({
      source: query.text('source'),
      pack: query.text('pack'),
      states: query.choices('state', ['valid', 'invalid', 'unreadable', 'conflict', 'ignored'], []),
      ...query.page(),
    }));
    return listBody(await queries.listProblems(filter), filter);
  });
}
