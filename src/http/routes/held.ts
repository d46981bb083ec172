// GET /held, POST /held/:batch/approve and /reject: removals that wait for a person.
import type { FastifyInstance } from 'fastify';
import type { CatalogQueries } from '../../model/catalog.ts';
import type { BatchState, BatchVerdict, DecideResult } from '../../model/decisions.ts';
import { bodyOf } from '../body.ts';
import { ProblemError } from '../problem.ts';
import { dataOf, pageOf } from '../schemas/shapes.ts';
import type { DecisionPorts } from './decisions.ts';
import { addPath, addReader, listBody, pageKeys, paramOf, queryOf, sourceKey } from './resource.ts';

const states: readonly BatchState[] = ['open', 'approved', 'rejected', 'expired'];
const verdicts: readonly (readonly [string, BatchVerdict, string])[] = [
  ['approve', 'approved', 'They are removed by the next pass, which is asked for at once.'],
  ['reject', 'rejected', 'They are served until their files return, and not asked about again.'],
];
/** What became of a batch that is not open. */
const endings: Readonly<Record<BatchState, string>> = {
  open: 'waits for a person',
  approved: 'was approved already',
  rejected: 'was rejected already',
  expired: 'has expired: its files came back, or other refs joined it under another id',
};

export function addHeldRoutes(app: FastifyInstance, queries: CatalogQueries): void {
  addReader(app, '/held', {
    id: 'listHeld',
    summary: 'List held removals',
    query: {
      state: {
        description: 'Only batches of these states; `open` unless given.',
        schema: { type: 'string', enum: states, examples: ['open'] },
        list: 'comma',
      },
      source: sourceKey,
      ...pageKeys,
    },
    success: {
      status: 200,
      description: 'A page of batches: open ones first, then the newest.',
      content: { 'application/json': pageOf('Held') },
    },
    handler: async (request) => {
      const filter = queryOf(request, (query) => ({
        states: query.choices('state', states, ['open']),
        source: query.text('source'),
        ...query.page(),
      }));
      return listBody(await queries.listHeld(filter), filter);
    },
  });
}

export function addVerdictRoutes(
  app: FastifyInstance,
  { queries, decisions, onDecision }: DecisionPorts,
): void {
  for (const [word, verdict, description] of verdicts) {
    addPath(app, `/held/:batch/${word}`, {
      POST: {
        id: `${word}Held`,
        summary: `${word === 'approve' ? 'Approve' : 'Reject'} held removals`,
        description,
        success: {
          status: 200,
          description: 'The batch as it was decided.',
          content: { 'application/json': dataOf('Held') },
        },
        refusals: ['not_found', 'not_open'],
        handler: async (request) => {
          queryOf(request, () => undefined);
          bodyOf(request, () => undefined);
          const batch = paramOf(request, 'batch') ?? '';
          const source = settle(batch, await decisions.decideBatch(batch, verdict));
          try {
            const held = await queries.getHeld(batch);
            if (held === undefined) throw unknownBatch();
            return { data: held };
          } finally {
            onDecision(source);
          }
        },
      },
    });
  }
}

/** The source of a batch that was decided; anything else is refused. */
function settle(batch: string, result: DecideResult): string {
  if (result.outcome === 'done') return result.source;
  if (result.reason === 'missing') throw unknownBatch();
  throw new ProblemError('not_open', `the batch ${batch} ${endings[result.state]}`, {
    extra: { state: result.state },
  });
}

function unknownBatch(): ProblemError {
  return new ProblemError('not_found', 'there is no batch of this id');
}
