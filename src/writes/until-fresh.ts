// Read → decide → apply, anew as long as somebody else writes the pack in between. The generation of what was read fences the
// apply, so of two writes that were decided from the same rows one is refused by the database and decided again.

import { apiSource, type PackDir, type PackRef } from '../model/pack.ts';
import type { RegistrationPlan } from '../model/plan.ts';
import type { RegisteredState } from '../model/state.ts';
import type { Precondition, WriteRefusal, WriteResult } from '../model/writes.ts';
import { isEmptyPlan } from '../registry/plan.ts';
import type { WritePorts } from './ports.ts';

/** How often a write is decided; in this process writes of one pack wait for each other, so only other writers can be in the way. */
const tries = 10;
/** Milliseconds before the second try at most; twice as long before each further one, up to the longest. */
const firstDelayMs = 20;
const longestDelayMs = 300;

export type Write = {
  readonly kind: 'workflow' | 'pack';
  readonly ref: string;
  readonly packRef: PackRef;
  readonly precondition: Precondition;
  /** What the write comes to, given what is registered. */
  decide(registered: RegisteredState): RegistrationPlan | WriteRefusal;
};

export type WriteUntilFresh = (write: Write) => Promise<WriteResult>;

/** Writes of one pack are done one after the other, those of several beside each other. */
export function createWriteUntilFresh(ports: WritePorts): WriteUntilFresh {
  const lastOf = new Map<PackRef, Promise<unknown>>();
  return async (write) => {
    const before = lastOf.get(write.packRef);
    const own = (before ?? Promise.resolve()).then(() => tryAll(ports, write));
    // The write's own caller sees its failure; the next one must still run.
    const settled = own.catch(() => undefined);
    lastOf.set(write.packRef, settled);
    try {
      return await own;
    } finally {
      if (lastOf.get(write.packRef) === settled) lastOf.delete(write.packRef);
    }
  };
}

async function tryAll(ports: WritePorts, write: Write): Promise<WriteResult> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    if (attempt > 0) await ports.sleep(delayMs(attempt) * (0.5 + ports.random() / 2));
    const result = await tryOnce(ports, write);
    if (result !== 'stale') return result;
  }
  return { outcome: 'refused', reason: 'busy' };
}

function delayMs(attempt: number): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1));
}

async function tryOnce(ports: WritePorts, write: Write): Promise<WriteResult | 'stale'> {
  const { packRef, ref } = write;
  const registered = await ports.readPack(apiSource, packRef, packRef as string as PackDir);
  const decision = write.decide(registered);
  if ('reason' in decision) return { outcome: 'refused', ...decision };
  const agrees = await isAsSeen(ports, write, registered);
  if (agrees !== true) return agrees === 'stale' ? agrees : { outcome: 'refused', reason: 'changed' };
  const owner = decision.pack ? apiSource : (registered.pack?.source ?? apiSource);
  if (isEmptyPlan(decision)) return { outcome: 'done', ref, owner, changed: false };
  // failpoint: write.decided
  const { outcome } = await ports.apply(decision, 'api');
  // failpoint: write.answered
  return outcome === 'applied' ? { outcome: 'done', ref, owner, changed: true } : 'stale';
}

/** The tag has to be of the very rows that the plan was made from. */
async function isAsSeen(
  ports: WritePorts,
  { kind, ref, precondition }: Write,
  registered: RegisteredState,
): Promise<boolean | 'stale'> {
  if (precondition === undefined) return true;
  const tagged = await ports.readTag(kind, ref);
  if (tagged === undefined || tagged.generation !== registered.pack?.generation) return 'stale';
  return precondition.includes(tagged.tag);
}
