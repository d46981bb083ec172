// What people decide about workflows: POST /workflows/:ref/rollback, /unpin, /enable, /disable, /protect, /unprotect.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CatalogQueries } from '../../model/catalog.ts';
import type { Decisions, Done, NoDefinition, OverlayVerb, Stale } from '../../model/decisions.ts';
import type { Tag } from '../../model/tag.ts';
import { bodyOf } from '../body.ts';
import { changedMeanwhile, etagHeader, ifMatch, requiredTags } from '../conditional.ts';
import type { Operation, Schema } from '../operation.ts';
import { ProblemError } from '../problem.ts';
import { dataOf, object } from '../schemas/shapes.ts';
import { addPath, queryOf, refOf } from './resource.ts';
import { showWorkflow } from './workflows.ts';

export type DecisionPorts = {
  readonly queries: CatalogQueries;
  readonly decisions: Decisions;
  /** The writer of the source has something to look at. */
  onDecision(source: string): void;
};

const overlays: readonly (readonly [word: string, verb: OverlayVerb, summary: string, effect: string])[] = [
  ['enable', 'enabled', 'Enable a workflow', 'Executors get it again.'],
  ['disable', 'disabled', 'Disable a workflow', 'Executors do not get it; its file goes on being followed.'],
  ['protect', 'protected', 'Protect a workflow', 'Its removal is refused until it is unprotected.'],
  ['unprotect', 'unprotected', 'Unprotect a workflow', 'It may be removed again.'],
];
/** What a number of a revision can be at most. */
const maxNumber = 2_147_483_647;
const rollbackBody: Schema = {
  ...object('Which revision.', {
    revision: {
      type: 'integer',
      minimum: 1,
      maximum: maxNumber,
      description: 'Its number in the history.',
      examples: [2],
    },
  }),
  additionalProperties: false,
};

export function addDecisionRoutes(app: FastifyInstance, ports: DecisionPorts): void {
  for (const [word, verb, summary, effect] of overlays) {
    addPath(app, `/workflows/:ref/${word}`, {
      POST: {
        id: `${word}Workflow`,
        summary,
        description: `${effect} It survives every reload. Nothing happens where it is so already.`,
        ...shown,
        handler: (request, reply) => {
          readNothing(request);
          const { decisions } = ports;
          return answer(request, reply, ports, verb === 'unprotected', (ref, tags) =>
            decisions.setOverlay(ref, verb, tags),
          );
        },
      },
    });
  }
  addPath(app, '/workflows/:ref/rollback', { POST: rollback(ports) });
  addPath(app, '/workflows/:ref/unpin', { POST: unpin(ports) });
}

const shown = {
  headers: ifMatch,
  success: {
    status: 200,
    description: 'The workflow as it is now.',
    content: { 'application/json': dataOf('Workflow') },
    headers: etagHeader,
  },
  refusals: ['not_found', 'retired', 'not_registered', 'precondition_failed'],
} as const satisfies Partial<Operation>;

/** POST /workflows/:ref/rollback. */
function rollback(ports: DecisionPorts): Operation {
  return {
    id: 'rollbackWorkflow',
    summary: 'Roll a workflow back',
    description: 'Serves a revision of its history, and pins it until the file says something new.',
    body: { required: true, content: { 'application/json': rollbackBody } },
    headers: shown.headers,
    success: shown.success,
    refusals: [...shown.refusals, 'revision_not_found', 'already_served'],
    handler: (request, reply) => {
      queryOf(request, () => undefined);
      const number = bodyOf(request, (body) => body.whole('revision', maxNumber));
      return answer(request, reply, ports, true, async (ref, tags) => {
        const result = await ports.decisions.rollBack(ref, number, tags);
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
  };
}

/** POST /workflows/:ref/unpin. */
function unpin(ports: DecisionPorts): Operation {
  return {
    id: 'unpinWorkflow',
    summary: 'Unpin a workflow',
    description: 'What lies on disk is served again, by the next pass, which is asked for at once.',
    headers: shown.headers,
    success: shown.success,
    refusals: [...shown.refusals, 'not_pinned'],
    handler: (request, reply) => {
      readNothing(request);
      return answer(request, reply, ports, true, async (ref, tags) => {
        const result = await ports.decisions.unpin(ref, tags);
        if (result.outcome === 'done') return result;
        if (result.reason !== 'not_pinned') return { outcome: result.outcome, reason: result.reason };
        throw new ProblemError(
          'not_pinned',
          `${ref} is not pinned: what is served is the last good revision on disk`,
        );
      });
    },
  };
}

function readNothing(request: FastifyRequest): void {
  queryOf(request, () => undefined);
  bodyOf(request, () => undefined);
}

/** Decides, then shows the workflow as GET does; `needsLook`: the next pass has something to do about it. */
async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  { queries, onDecision }: DecisionPorts,
  needsLook: boolean,
  decide: (ref: string, tags: readonly Tag[] | undefined) => Promise<Done | NoDefinition | Stale>,
): Promise<object> {
  const ref = refOf(request);
  if (ref === undefined) return showWorkflow(queries, ref, reply);
  const result = await decide(ref, requiredTags(request));
  if (result.outcome === 'refused') {
    if (result.reason === 'stale') throw changedMeanwhile(ref);
    await showWorkflow(queries, ref, reply);
    throw new ProblemError('not_found', `${ref} was not there a moment ago; try again`);
  }
  try {
    return await showWorkflow(queries, ref, reply);
  } finally {
    // Not before it is read: what is shown is what was decided, not what a pass made of it.
    if (needsLook) onDecision(result.source);
  }
}
