// GET /explain?source=&path=|ref=: why a file is (not) registered, step by step.
import type { FastifyInstance } from 'fastify';
import type { ExplainQuestion, Explanation } from '../../model/explain.ts';
import type { QueryReader } from '../query.ts';
import { addReader, queryOf, sourceOf } from './resource.ts';

/** `configured`: the sources of this daemon's own roots; where there is one, it is meant when none is named. */
export function addExplainRoute(
  app: FastifyInstance,
  explain: (question: ExplainQuestion) => Promise<Explanation>,
  configured: readonly string[],
): void {
  addReader(app, '/explain', async (request) => {
    const question = queryOf(request, (query) => readQuestion(query, configured));
    return { data: await explain(question) };
  });
}

function readQuestion(query: QueryReader, configured: readonly string[]): ExplainQuestion {
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
