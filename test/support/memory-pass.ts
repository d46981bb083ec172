// A pass over a root in memory and a registry in memory, with time that stands still.
import type { PackDir } from '../../src/model/pack.ts';
import type { PassReport } from '../../src/reconcile/ports.ts';
import { createReconcile } from '../../src/reconcile/reconcile.ts';
import { fullChange } from '../../src/registry/change-set.ts';
import { createManualClock } from './manual-clock.ts';
import { createMemoryDisk } from './memory-disk.ts';
import { here } from './pure-pass.ts';
import { createRegistryModel } from './registry-model.ts';

export type MemoryPassOptions = {
  /** @default 100 */
  readonly pruneMaxPercent?: number;
  /** @default 'heal' */
  readonly drift?: 'heal' | 'report';
};

export function createMemoryPass(
  files: Readonly<Record<string, string>> = {},
  options: MemoryPassOptions = {},
) {
  const disk = createMemoryDisk(files);
  const registry = createRegistryModel();
  const clock = createManualClock();
  const create = (dryRun: boolean) =>
    createReconcile({
      ...{ disk, registry, clock, dryRun, checkedBy: 'rules', strict: false, concurrency: 3 },
      pruneMaxPercent: options.pruneMaxPercent ?? 100,
      drift: options.drift ?? 'heal',
      youngRootMs: 30_000,
      onPack: () => undefined,
    });
  const write = create(false);
  const run = (
    dirs: readonly string[] | 'all',
    dryRun = false,
    signal?: AbortSignal,
  ): Promise<PassReport> => {
    const change = fullChange([here], 'watch', clock.nowMs());
    const scopes = dirs === 'all' ? change.scopes : new Map([[here, new Set(dirs as PackDir[])]]);
    return (dryRun ? create(true) : write)({ ...change, scopes }, signal);
  };
  return {
    ...{ disk, registry, clock },
    /** A full pass. */
    full: () => run('all'),
    only: (...dirs: readonly string[]) => run(dirs),
    plan: () => run('all', true),
    run,
    /** Full passes until one has nothing to look at again. Fails when that does not come soon. */
    async settle(): Promise<PassReport> {
      for (let count = 0; count < 6; count += 1) {
        const report = await run('all');
        if (report.again.size === 0) return report;
      }
      throw new Error('the passes do not come to an end');
    },
    live: () => Object.keys(registry.served()),
    stateOf: (path: string) => registry.row(here, path)?.state,
    dirOf: (packRef: string) => registry.packs.get(packRef as never)?.dir,
  };
}

export function packText(ref: string): string {
  return `ref: ${ref}\nversion: 1.0.0\n`;
}
