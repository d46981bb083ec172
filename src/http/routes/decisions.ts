// What people decide about workflows: POST /workflows/:ref/rollback, /unpin, /enable, /disable, /protect, /unprotect.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CatalogQueries } from '../../model/catalog.ts';
import type { Decisions, Done, NoDefinition, OverlayVerb } from '../../model/decisions.ts';
import { bodyOf } from '../body.ts';
import { ProblemError } from '../problem.ts';
import { addPath, queryOf, refOf } from './resource.ts';
import { showWorkflow } from './workflows.ts';

export type DecisionPorts = {
  readonly queries: CatalogQueries;
  readonly decisions: Decisions;
  /** The writer of the source has something to look at. */
  onDecision(source: string): void;
};

const overlays: readonly (readonly [string, OverlayVerb])[] = [
  ['enable', 'enabled'],
  ['disable', 'disabled'],
  ['protect', 'protected'],
  ['unprotect', 'unprotected'],
];
/** What a number of a revision can be at most. */
const maxNumber = 2_147_483_647;

export function addDecisionRoutes(app: FastifyInstance, ports: DecisionPorts): void {
  const { decisions } = ports;
  for (const [word, verb] of overlays) {
    addPath(app, `/workflows/:ref/${word}`, {
      POST: (request) => {
        readNothing(request);
        return answer(request, ports, verb === 'unprotected', (ref) => decisions.setOverlay(ref, verb));
      },
    });
  }
  addPath(app, '/workflows/:ref/rollback', {
    POST: (request) => {
      queryOf(request, () => undefined);
      const number = bodyOf(request, (body) => body.whole('revision', maxNumber));
      return answer(request, ports, true, async (ref) => {
        const result = await decisions.rollBack(ref, number);
        if (result.outcome === 'done') return result;
        if (result.reason === 'revision_missing') {
          throw new ProblemError('revision_not_found', `${ref} has no revision ${number}`);
        }
        if (result.reason === 'already_served') {
          throw new ProblemError('already_served', `revision ${number} of ${ref} is served already`);
        }
        return { outcome: result.outcome, reason: result.reason };
      });
    },
  });
  addPath(app, '/workflows/:ref/unpin', {
    POST: (request) => {
      readNothing(request);
      return answer(request, ports, true, async (ref) => {
        const result = await decisions.unpin(ref);
        if (result.outcome === 'done') return result;
        if (result.reason !== 'not_pinned') return { outcome: result.outcome, reason: result.reason };
        throw new ProblemError(
          'not_pinned',
          `${ref} is not pinned: what is served is the last good revision on disk`,
        );
      });
    },
  });
}

function readNothing(request: FastifyRequest): void {
  queryOf(request, () => undefined);
  bodyOf(request, () => undefined);
}

/** Decides, then shows the workflow as GET does; `needsLook`: the next pass has something to do about it. */
async function answer(
  request: FastifyRequest,
  { queries, onDecision }: DecisionPorts,
  needsLook: boolean,
  decide: (ref: string) => Promise<Done | NoDefinition>,
): Promise<object> {
  const ref = refOf(request);
  if (ref === undefined) return showWorkflow(queries, ref);
  const result = await decide(ref);
  if (result.outcome === 'refused') {
    await showWorkflow(queries, ref);
    throw new ProblemError('not_found', `${ref} was not there a moment ago; try again`);
  }
  try {
    return await showWorkflow(queries, ref);
  } finally {
    // Not before it is read: what is shown is what was decided, not what a pass made of it.
    if (needsLook) onDecision(result.source);
  }
}
