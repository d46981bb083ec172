// Plan → one call of apply_pack, which is the only statement that changes anything.
import type { RevisionCause } from '../model/change.ts';
import type { PackDir, PackRef, Ref, SourceName } from '../model/pack.ts';
import type { ApplyResult, RegistrationPlan } from '../model/plan.ts';
import type { PendingBatch, RegisteredSource, RegisteredState } from '../model/state.ts';
import { changeSetText } from './change-set.ts';
import { headOf } from './change-set-items.ts';
import type { Database } from './connect.ts';
import { type RowMemory, readWholeSource } from './row-memory.ts';
import { applyPack } from './sql/apply.ts';
import { readSource } from './sql/registered.ts';
import { type PackMemory, readPack } from './sql/registered-pack.ts';
import { expireBatches, holdRemovals, readRemovable, readRemovals } from './sql/removals.ts';

export type Writer = {
  readSource(source: SourceName, dirs: readonly PackDir[] | 'all'): Promise<RegisteredSource>;
  readPack(source: SourceName, packRef: PackRef, dir: PackDir): Promise<RegisteredState>;
  apply(plan: RegistrationPlan, cause: RevisionCause): Promise<ApplyResult>;
  readRemovals(source: SourceName): ReturnType<typeof readRemovals>;
  readRemovable(source: SourceName): Promise<readonly Ref[]>;
  /** Nothing is written when the lease is gone, as with `expire`. */
  hold(source: SourceName, reason: PendingBatch['reason'], refs: readonly Ref[], of: number): Promise<void>;
  expire(source: SourceName, reason: PendingBatch['reason']): Promise<void>;
};

export type WriterOptions = {
  readonly database: Database;
  /** What is known of rows that were read before. Without it nothing is remembered. */
  readonly memory?: RowMemory;
  /** The same of packs, for plans. */
  readonly packMemory?: PackMemory;
  /** The epoch of the lease we hold; undefined: we are not the writer; null: of the API, which has no lease. */
  epochOf(source: SourceName): number | undefined | null;
  /** Bytes of JSON above which a change set is staged. @default 8 MiB */
  readonly stageBytes?: number;
  /** Revisions kept of a definition; 0 keeps all. @default 0 */
  readonly keepRevisions?: number;
};

export function createWriter(options: WriterOptions): Writer {
  const { database } = options;
  const stageBytes = options.stageBytes ?? 8 * 1024 * 1024;
  return {
    readSource: (source, dirs) =>
      dirs === 'all'
        ? readWholeSource(database, source, options.memory)
        : readSource(database, source, dirs, options.packMemory),
    readPack: (source, packRef, dir) => readPack(database, source, packRef, dir, options.packMemory),
    readRemovals: (source) => readRemovals(database, source),
    readRemovable: (source) => readRemovable(database, source),
    async hold(source, reason, refs, of) {
      const epoch = options.epochOf(source);
      if (epoch != null) await holdRemovals(database, source, epoch, reason, refs, of);
    },
    async expire(source, reason) {
      const epoch = options.epochOf(source);
      if (epoch != null) await expireBatches(database, source, epoch, reason);
    },
    async apply(plan, cause) {
      const epoch = options.epochOf(plan.source);
      if (epoch === undefined) return { outcome: 'fenced' };
      const head = headOf(plan, { epoch, cause, keepRevisions: options.keepRevisions ?? 0 });
      const answer = await applyPack(database, epoch, await changeSetText(database, head, plan, stageBytes));
      if (answer.refused === 'lease') return { outcome: 'fenced' };
      if (answer.refused !== undefined) return { outcome: 'stale' };
      return { outcome: 'applied', written: answer.written ?? 0, version: answer.version ?? null };
    },
  };
}
