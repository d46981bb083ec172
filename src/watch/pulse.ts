// Looks once a second which directory each root is, for what no watch tells: a root that was missing and appears, a volume that is
// mounted over it or taken away, a link that is swapped. Two calls to the system a root.
import { codeOf } from '../model/errors.ts';
import type { Root, SourceName } from '../model/pack.ts';
import { findDirectory } from './directories.ts';

export type PulseOptions = {
  readonly roots: readonly Root[];
  /** Milliseconds between two looks. @default 1000 */
  readonly everyMs?: number;
  /** True for a root that is not to be looked at: its file system does not answer. @default none */
  readonly isSilent?: (source: SourceName) => boolean;
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** A root is another directory than at the last look, is gone, or is back. */
  onChange(source: SourceName): void;
  /** The process stood still for so long that events may have been lost. */
  onPause(): void;
};

export type Pulse = {
  /** Resolves when each root was looked at once; whoever waits for it waits for every file system. */
  start(): Promise<void>;
  close(): void;
};

/** A look that comes later than this was held up. */
const pauseMs = 1000;

export function createPulse(options: PulseOptions): Pulse {
  const { roots, everyMs = 1000, nowMs, isSilent = () => false } = options;
  const known = new Map<SourceName, string>();
  // A file system that does not answer holds up its own root alone: the next look waits for the one before.
  const looking = new Set<SourceName>();
  let timer: NodeJS.Timeout | undefined;
  let lastMs = 0;
  let closed = false;

  const look = async ({ source, path }: Root) => {
    if (looking.has(source) || isSilent(source)) return;
    looking.add(source);
    const now = await findDirectory(path).then(
      (found) => found?.identity ?? 'nothing',
      (error: unknown) => codeOf(error) ?? String(error),
    );
    looking.delete(source);
    const before = known.get(source);
    known.set(source, now);
    if (!closed && before !== undefined && before !== now) options.onChange(source);
  };

  const beat = () => {
    if (nowMs() - lastMs > everyMs + pauseMs) options.onPause();
    lastMs = nowMs();
    return Promise.all(roots.map(look));
  };

  return {
    async start() {
      if (closed) return;
      lastMs = nowMs();
      timer ??= setInterval(beat, everyMs);
      await beat();
    },
    close() {
      closed = true;
      clearInterval(timer);
    },
  };
}
