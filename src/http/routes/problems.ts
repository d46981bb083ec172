// GET /problems: files with an error or not served as they stand.
import type { FastifyInstance } from 'fastify';
import type { CatalogQueries } from '../../model/catalog.ts';
import type { FileState } from '../../model/state.ts';
import { pageOf } from '../schemas/shapes.ts';
import { addReader, answerList, pageKeys, queryOf, sourceKey } from './resource.ts';

const states: readonly FileState[] = ['valid', 'invalid', 'unreadable', 'conflict', 'ignored'];

export function addProblemRoutes(app: FastifyInstance, queries: CatalogQueries): void {
  addReader(app, '/problems', {
    id: 'listProblems',
    summary: 'List files with problems',
    description:
      'Every file with an error, and every one that is not served as it stands, with what is wrong.',
    query: {
      source: sourceKey,
      pack: {
        description: 'Only of this pack.',
        schema: { type: 'string', minLength: 1, maxLength: 255, examples: ['ops'] },
      },
      state: {
        description: 'Only files of these states; all unless given.',
        schema: { type: 'string', enum: states, examples: ['invalid'] },
        list: 'comma',
      },
      ...pageKeys,
    },
    success: {
      status: 200,
      description: 'A page of files, sorted by source and path.',
      content: { 'application/json': pageOf('Problem') },
    },
    handler: (request, reply) => {
      const filter = queryOf(request, (query) => ({
        source: query.text('source'),
        pack: query.text('pack'),
        states: query.choices('state', states, []),
        ...query.page(),
      }));
      return answerList(request, reply, queries, filter, () => queries.listProblems(filter));
    },
  });
}
