// The writes of people: one statement each, and its answer as a value.
import { type Decisions, type NoDefinition, nameHolder } from '../model/decisions.ts';
import type { Database } from './connect.ts';
import { isNowhere, isWorkflowRef } from './refs.ts';
import { decideBatch, forgetSource, rollBack, setOverlay, unpin } from './sql/overlay.ts';

const missing = { outcome: 'refused', reason: 'missing' } as const satisfies NoDefinition;

/** Statements on `database`; every one carries its deadline. Holds no state. */
export function createDecisions(database: Database): Decisions {
  return {
    async setOverlay(ref, verb, tags) {
      if (!isWorkflowRef(ref)) return missing;
      const answer = await setOverlay(database, ref, verb, tags);
      if (answer.refused !== undefined) return { outcome: 'refused', reason: answer.refused };
      return { outcome: 'done', source: answer.source, changed: answer.changed };
    },
    async rollBack(ref, number, tags) {
      if (!isWorkflowRef(ref)) return missing;
      const answer = await rollBack(database, ref, number, tags);
      if (answer.refused === undefined) return { outcome: 'done', source: answer.source };
      const reasons = { revision: 'revision_missing', served: 'already_served' } as const;
      const { refused } = answer;
      const isReason = refused === 'revision' || refused === 'served';
      return isReason
        ? { outcome: 'refused', reason: reasons[refused] }
        : { outcome: 'refused', reason: refused };
    },
    async unpin(ref, tags) {
      if (!isWorkflowRef(ref)) return missing;
      const answer = await unpin(database, ref, tags);
      if (answer.refused === undefined) return { outcome: 'done', source: answer.source };
      return { outcome: 'refused', reason: answer.refused === 'unpinned' ? 'not_pinned' : answer.refused };
    },
    async decideBatch(batch, verdict) {
      if (isNowhere(batch)) return missing;
      const answer = await decideBatch(database, batch, verdict);
      if (answer.refused === undefined) return { outcome: 'done', source: answer.source };
      if (answer.refused === 'missing') return missing;
      return { outcome: 'refused', reason: 'not_open', state: answer.refused };
    },
    async forgetSource(source, confirm) {
      if (isNowhere(source)) return missing;
      const answer = await forgetSource(database, source, confirm);
      switch (answer.refused) {
        case undefined:
          return { outcome: 'done', retired: answer.retired };
        case 'missing':
          return missing;
        case 'led':
          return { outcome: 'refused', reason: 'still_led', leader: nameHolder(answer.holder) };
        case 'count':
          return { outcome: 'refused', reason: 'confirm_differs', count: answer.count };
        default:
          return answer satisfies never;
      }
    },
  };
}
