// A registry of its own that passes over a root in memory and clients write to: real Postgres, real checks, real plans.
import { readArchive } from '../../src/archive/read-archive.ts';
import type { PackDir, SourceName } from '../../src/model/pack.ts';
import type { WriteResult } from '../../src/model/writes.ts';
import { createReconcile } from '../../src/reconcile/reconcile.ts';
import { fullChange } from '../../src/registry/change-set.ts';
import type { Database } from '../../src/store/connect.ts';
import { createDecisions } from '../../src/store/decisions.ts';
import { readFencedTag } from '../../src/store/sql/fenced-tag.ts';
import { createWriter } from '../../src/store/writer.ts';
import type { WritePorts } from '../../src/writes/ports.ts';
import { createWrites } from '../../src/writes/writes.ts';
import { createManualClock } from './manual-clock.ts';
import { checkText, createMemoryDisk } from './memory-disk.ts';
import { holdLease } from './plans.ts';
import { createTestDatabase } from './postgres.ts';
import { archive, file } from './tar.ts';

/** Writes as another process would do them. */
export function createTestWrites(database: Database, change: Partial<WritePorts> = {}) {
  const { readPack, apply } = createWriter({ database, epochOf: () => null });
  return createWrites({
    ...{ readPack, apply, checkedBy: 'rules', strict: false, maxFileBytes: 1024 ** 2 },
    check: async (role, bytes) => checkText(role, Buffer.from(bytes).toString()),
    readArchive: (bytes) => readArchive(bytes),
    readTag: (kind, ref) => readFencedTag(database, kind, ref),
    inTurns: async (steps) => {
      for (;;) {
        const step = steps.next();
        if (step.done) return step.value;
      }
    },
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    random: Math.random,
    ...change,
  });
}

export async function createWrittenSite(files: Readonly<Record<string, string>> = {}) {
  const test = await createTestDatabase();
  const sites = ['root:here', 'root:there'] as SourceName[];
  for (const source of sites) await holdLease(test, source);
  const clock = createManualClock();
  /** Full passes over one root until one has nothing to look at again. */
  const passesOver = (source: SourceName, disk: ReturnType<typeof createMemoryDisk>) => {
    const reconcile = createReconcile({
      ...{ disk, clock, dryRun: false, checkedBy: 'rules', strict: false, concurrency: 2 },
      ...{ pruneMaxPercent: 100, drift: 'heal', youngRootMs: 30_000, onPack: () => undefined },
      registry: createWriter({ database: test.database, epochOf: () => 1 }),
    });
    return async (dirs?: readonly string[]) => {
      for (let count = 0; count < 6; count += 1) {
        const change = fullChange([source], 'watch', clock.nowMs());
        const scopes = dirs ? new Map([[source, new Set(dirs as PackDir[])]]) : change.scopes;
        const report = await reconcile({ ...change, scopes });
        if (report.again.size === 0) return report;
      }
      throw new Error('the passes do not come to an end');
    };
  };
  const disk = createMemoryDisk(files);
  const otherDisk = createMemoryDisk();
  const rowOf = async (ref: string) => {
    const [row] = await test.query(
      `select id::integer, source, source_path, status, revision, last_number, source_text, file_digest, pinned_revision
       from workflow_definition where ref = $1`,
      [ref],
    );
    return row ?? {};
  };
  return {
    ...{ test, disk, otherDisk, clock, rowOf },
    writes: createTestWrites(test.database),
    decisions: createDecisions(test.database),
    pass: passesOver(sites[0] as SourceName, disk),
    passThere: passesOver(sites[1] as SourceName, otherDisk),
    async packOf(ref: string) {
      const [row] = await test.query(
        `select source, source_path, status, revision, generation::integer, generation = applied_generation as seen
         from pack where ref = $1`,
        [ref],
      );
      return row ?? {};
    },
    async verbsOf(ref: string) {
      const rows = await test.query(
        'select source, verb, number from catalog_change where ref = $1 order by version, position',
        [ref],
      );
      return rows.map(({ source, verb, number }) => `${source} ${verb} ${number}`);
    },
    async fileOf(path: string, source = 'root:here') {
      const [row] = await test.query(
        `select state, digest, ref, diagnostics #>> '{0,message}' as message from pack_file where source = $1 and path = $2`,
        [source, path],
      );
      return row ?? {};
    },
  };
}

export const bytesOf = (text: string) => ({ bytes: Buffer.from(text) });

/** A tar.gz of these files, by their paths below the pack. */
export function archiveOf(files: Readonly<Record<string, string>>): Buffer {
  return archive(...Object.entries(files).map(([path, text]) => file(path, text)));
}

/** Why a write was refused, `changed` when it was done and wrote, `same` when there was nothing to write. */
export function outcomeOf(result: WriteResult): string {
  if (result.outcome === 'refused') return result.reason === 'changed' ? 'changed_meanwhile' : result.reason;
  return result.changed ? 'changed' : 'same';
}
