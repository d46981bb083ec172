// The watcher as the daemon keeps it: rebuilt when a root turns out to be another directory, following linked files.
import type { FileEvent } from '../model/change.ts';
import { codeOf } from '../model/errors.ts';
import type { Logger } from '../model/logger.ts';
import type { PackDir, Root, SourceName } from '../model/pack.ts';
import type { PassReport } from '../reconcile/ports.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createWatcher } from '../watch/watcher.ts';

export type RootWatchOptions = {
  readonly roots: readonly Root[];
  readonly mode: 'events' | 'poll' | 'off';
  readonly metrics: Metrics;
  readonly logger: Logger;
  nowMs(): number;
  onEvent(event: FileEvent): void;
  /** The watches of a root were opened anew: whatever happened meanwhile has to be looked for. */
  onRebuilt(source: SourceName): void;
};

export type RootWatch = {
  start(): Promise<void>;
  passed(report: PassReport): void;
  directories(): number;
  close(): Promise<void>;
};

export function createRootWatch(options: RootWatchOptions): RootWatch {
  const { logger, metrics } = options;
  const identities = new Map<SourceName, string | undefined>();
  const linked = new Map<SourceName, Map<PackDir, readonly string[]>>();
  const watcher = createWatcher({
    roots: options.roots,
    mode: options.mode,
    nowMs: options.nowMs,
    onEvent: options.onEvent,
    onError(error, source) {
      const help = codeOf(error) === 'ENOSPC' ? '; raise fs.inotify.max_user_watches' : '';
      logger.warn(
        { source, err: error },
        `some directories cannot be watched, rescans find their changes${help}`,
      );
    },
  });

  const rebuild = async (source: SourceName) => {
    await watcher.rebuild(source);
    logger.info({ source }, 'the root is another directory than before; its watches were opened anew');
    options.onRebuilt(source);
  };

  return {
    async start() {
      for (const { source } of options.roots) metrics.setWatchMode(source, options.mode);
      await watcher.start();
    },
    passed(report) {
      for (const [source, seen] of report.roots) {
        if (seen.identity !== undefined) {
          const before = identities.has(source) ? identities.get(source) : seen.identity;
          identities.set(source, seen.identity);
          if (before !== seen.identity) {
            rebuild(source).catch((error: unknown) =>
              logger.error({ source, err: error }, 'the watches could not be opened anew'),
            );
          }
        } else identities.set(source, undefined);
        const packs = linked.get(source) ?? new Map<PackDir, readonly string[]>();
        linked.set(source, packs);
        for (const [dir, dirs] of seen.linked) {
          if (dirs.length > 0) packs.set(dir, dirs);
          else packs.delete(dir);
        }
        watcher.follow(source, [...packs.values()].flat());
      }
    },
    directories: () => watcher.directories(),
    close: () => watcher.close(),
  };
}
