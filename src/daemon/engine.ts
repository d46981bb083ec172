// The parts that `run`, `dev`, `sync` and `plan` share: the disk, the registry and the pass over both.
import { createHash } from 'node:crypto';
import type { Config } from '../config.ts';
import { rulesVersion } from '../language/rules-version.ts';
import { createLoader, type Loader } from '../load/load.ts';
import type { RootAccesses } from '../load/root-access.ts';
import type { PackPath, SourceName } from '../model/pack.ts';
import { type Ahead, createAhead, type ToldLinks } from '../reconcile/ahead.ts';
import type { PackReport, Registry } from '../reconcile/ports.ts';
import { createReconcile, type Reconcile } from '../reconcile/reconcile.ts';
import { packConcurrency, systemClock } from './system-clock.ts';

export type Engine = {
  readonly loader: Loader;
  readonly reconcile: Reconcile;
  /** For who hears of events; a pass finds what was begun for it. */
  readonly ahead: Pick<Ahead, 'expect' | 'close'>;
};

export type EngineOptions = {
  readonly config: Config;
  /** @default its own */
  readonly accesses?: RootAccesses;
  readonly registry: Registry;
  readonly dryRun: boolean;
  readonly onParsed?: (source: SourceName, path: PackPath) => void;
  readonly onCacheLookup?: (result: 'hit' | 'miss') => void;
  onPack(report: PackReport): void;
};

export function createEngine(options: EngineOptions): Engine {
  const { config } = options;
  const loader = createLoader({
    roots: config.roots,
    ...(options.accesses ? { accesses: options.accesses } : {}),
    maxFileBytes: config.maxFileBytes,
    cacheBytes: config.cacheBytes,
    concurrency: config.concurrency,
    strict: config.strict,
    ...(options.onParsed ? { onParsed: options.onParsed } : {}),
    ...(options.onCacheLookup ? { onCacheLookup: options.onCacheLookup } : {}),
  });
  const told: ToldLinks = new Map();
  const ahead = createAhead({ disk: loader, registry: options.registry, told });
  const reconcile = createReconcile({
    ...{ told, ahead },
    disk: loader,
    registry: options.registry,
    clock: systemClock,
    checkedBy: checkedBy(config),
    strict: config.strict,
    concurrency: packConcurrency,
    pruneMaxPercent: config.pruneMaxPercent,
    drift: config.drift,
    dryRun: options.dryRun,
    youngRootMs: config.rescanS * 1000,
    onPack: options.onPack,
  });
  return { loader, reconcile, ahead };
}

/** What a verdict on a file depends on besides its bytes: the rules and the settings that change them. */
export function checkedBy(config: Pick<Config, 'strict' | 'maxFileBytes'>): string {
  const text = `${rulesVersion} strict=${config.strict} max=${config.maxFileBytes}`;
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
