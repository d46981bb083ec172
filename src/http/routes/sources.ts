// GET /sources, DELETE /sources/:name?confirm=N: roots as the registry knows them, and the end of one.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CatalogQueries } from '../../model/catalog.ts';
import type { Decisions, ForgetResult } from '../../model/decisions.ts';
import { ProblemError } from '../problem.ts';
import { addPath, addReader, listBody, paramOf, queryOf, sourceOf } from './resource.ts';

const maxCount = 2_147_483_647;

/** `configured`: the sources of this daemon's own roots. */
export function addSourceRoutes(
  app: FastifyInstance,
  queries: CatalogQueries,
  configured: readonly string[],
): void {
  addReader(app, '/sources', async (request) => {
    const page = queryOf(request, (query) => query.page());
    const { items, totalItems } = await queries.listSources(page);
    const rows = items.map((row) => ({ ...row, configured: configured.includes(row.source) }));
    return listBody({ items: rows, totalItems }, page);
  });
}

export function addForgetRoute(
  app: FastifyInstance,
  decisions: Decisions,
  configured: readonly string[],
): void {
  addPath(app, '/sources/:name', {
    DELETE: async (request) => {
      const confirm = queryOf(request, (query) => {
        const count = query.number('confirm', 0, maxCount);
        if (count === undefined)
          query.complain('confirm', 'expected how many definitions /sources shows for it');
        return count ?? 0;
      });
      const source = nameOf(request);
      if (configured.includes(source)) {
        throw new ProblemError(
          'still_configured',
          `${source} is a root of this daemon: what is forgotten would be registered again`,
        );
      }
      return { data: { retired: settle(source, await decisions.forgetSource(source, confirm)) } };
    },
  });
}

function nameOf(request: FastifyRequest): string {
  const source = sourceOf(paramOf(request, 'name') ?? '');
  if (source === undefined) throw unknownSource();
  return source;
}

function settle(source: string, result: ForgetResult): number {
  if (result.outcome === 'done') return result.retired;
  switch (result.reason) {
    case 'missing':
      throw unknownSource();
    case 'still_led':
      throw new ProblemError('still_led', `${source} is led by ${result.leader}`, {
        extra: { leader: result.leader },
      });
    case 'confirm_differs':
      throw new ProblemError(
        'confirm_differs',
        `${source} has ${result.count} definitions and plain actions, which confirm has to say`,
        { extra: { definitions: result.count } },
      );
    default:
      return result satisfies never;
  }
}

function unknownSource(): ProblemError {
  return new ProblemError('not_found', 'there is no source of this name');
}
