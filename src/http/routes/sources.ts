// GET /sources, DELETE /sources/:name?confirm=N: roots as the registry knows them, and the end of one.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CatalogQueries } from '../../model/catalog.ts';
import type { Decisions, ForgetResult } from '../../model/decisions.ts';
import { ProblemError } from '../problem.ts';
import type { QueryReader } from '../query.ts';
import { count, dataIs, object, pageOf } from '../schemas/shapes.ts';
import { addPath, addReader, listBody, pageKeys, paramOf, queryOf, sourceOf } from './resource.ts';

const maxCount = 2_147_483_647;
const forgotten = object('What was forgotten.', {
  retired: count('Definitions and plain actions that were retired.', { examples: [13] }),
});

/** `configured`: the sources of this daemon's own roots. */
export function addSourceRoutes(
  app: FastifyInstance,
  queries: CatalogQueries,
  configured: readonly string[],
): void {
  addReader(app, '/sources', {
    id: 'listSources',
    summary: 'List sources',
    description: 'Roots that a daemon leads, or that something is left of.',
    query: pageKeys,
    success: {
      status: 200,
      description: 'A page of sources, sorted by name.',
      content: { 'application/json': pageOf('Source') },
    },
    handler: async (request) => {
      const page = queryOf(request, (query) => query.page());
      const { items, totalItems } = await queries.listSources(page);
      const rows = items.map((row) => ({ ...row, configured: configured.includes(row.source) }));
      return listBody({ items: rows, totalItems }, page);
    },
  });
}

export function addForgetRoute(
  app: FastifyInstance,
  decisions: Decisions,
  configured: readonly string[],
): void {
  addPath(app, '/sources/:name', {
    DELETE: {
      id: 'forgetSource',
      summary: 'Retire what a source left behind',
      description:
        'For a root that is no longer configured anywhere. Nothing is deleted: definitions are retired.',
      query: {
        confirm: {
          description: 'How many definitions `/sources` shows for it.',
          schema: { type: 'integer', minimum: 0, maximum: maxCount, examples: [13] },
          required: true,
        },
      },
      success: {
        status: 200,
        description: 'It is done.',
        content: { 'application/json': dataIs(forgotten) },
      },
      refusals: ['not_found', 'still_configured', 'still_led', 'confirm_differs'],
      handler: async (request) => {
        const confirm = queryOf(request, readConfirm);
        const source = nameOf(request);
        if (configured.includes(source)) {
          throw new ProblemError(
            'still_configured',
            `${source} is a root of this daemon: what is forgotten would be registered again`,
          );
        }
        return { data: { retired: settle(source, await decisions.forgetSource(source, confirm)) } };
      },
    },
  });
}

function readConfirm(query: QueryReader): number {
  const definitions = query.number('confirm', 0, maxCount);
  if (definitions === undefined)
    query.complain('confirm', 'expected how many definitions /sources shows for it');
  return definitions ?? 0;
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
