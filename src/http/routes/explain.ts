// GET /explain?source=&path=|ref=: why a file is (not) registered, step by step.
import type { FastifyInstance } from 'fastify';
import type { ExplainQuestion, Explanation } from '../../model/explain.ts';
import type { QueryReader } from '../query.ts';
import { dataOf } from '../schemas/shapes.ts';
import { addReader, queryOf, sourceKey, sourceOf } from './resource.ts';

/** `configured`: the sources of this daemon's own roots; where there is one, it is meant when none is named. */
export function addExplainRoute(
  app: FastifyInstance,
  explain: (question: ExplainQuestion) => Promise<Explanation>,
  configured: readonly string[],
): void {
  addReader(app, '/explain', {
    id: 'explain',
    summary: 'Say why a file is registered or not',
    description: 'Step by step, for a `path` or for a `ref`: one of the two is needed, not both.',
    query: {
      source: {
        ...sourceKey,
        description: 'The root of the path; may be left out where the daemon has one root.',
      },
      path: {
        description: 'A file, relative to its root.',
        schema: { type: 'string', minLength: 1, maxLength: 4096, examples: ['ops/workflows/restart.yaml'] },
      },
      ref: {
        description: 'A workflow, or a plain action, by its ref.',
        schema: { type: 'string', minLength: 1, maxLength: 255, examples: ['ops.restart'] },
      },
    },
    success: {
      status: 200,
      description: 'The steps; also for what was never seen.',
      content: { 'application/json': dataOf('Explanation') },
    },
    handler: async (request) => {
      const question = queryOf(request, (query) => readQuestion(query, configured));
      return { data: await explain(question) };
    },
  });
}

/** `source`, and one of `path` and `ref`. */
export function readQuestion(query: QueryReader, configured: readonly string[]): ExplainQuestion {
  const named = query.text('source');
  const path = query.text('path', 4096)?.replace(/^(?:\.\/+)+/, '');
  const ref = query.text('ref');
  const source = named === undefined ? undefined : (sourceOf(named) ?? named);
  if (ref !== undefined && path === undefined) return { about: 'ref', ref, source };
  if (path === undefined) query.complain('path', 'expected path or ref');
  if (ref !== undefined) query.complain('ref', 'expected path or ref, not both');
  const [only] = configured;
  const meant = source ?? (configured.length === 1 ? only : undefined);
  if (meant === undefined && path !== undefined) {
    query.complain('source', `expected one of ${configured.join(', ') || 'the sources that /sources shows'}`);
  }
  return { about: 'path', source: meant ?? '', path: path ?? '' };
}
