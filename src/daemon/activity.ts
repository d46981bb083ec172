// What the daemon sees, waits for and reads of its roots → told to whoever asks, a few times a second.

import type { ChangeSet, FileEvent } from '../model/change.ts';
import type { Activity, ActivityEvent } from '../model/change-feed.ts';
import type { SourceName } from '../model/pack.ts';

export type DaemonActivity = Activity & {
  seen(event: FileEvent): void;
  settled(change: ChangeSet): void;
  parsed(source: SourceName, path: string): void;
};

type Step = ActivityEvent['step'];
type Gathered = { readonly step: Step; readonly source: string; readonly paths: Set<string>; whole: boolean };

/** Milliseconds for which steps are gathered: of a storm nobody wants every one. */
const gatherMs = 50;
/** Paths of one event. */
const maxPaths = 200;
const order: readonly Step[] = ['seen', 'settled', 'parsed'];

/** `setTimer` runs `fire` once after `delayMs`. */
export function createActivity(setTimer: (fire: () => void, delayMs: number) => unknown): DaemonActivity {
  const listeners = new Set<(event: ActivityEvent) => void>();
  let gathered = new Map<string, Gathered>();

  const flush = () => {
    const due = [...gathered.values()].sort((a, b) => order.indexOf(a.step) - order.indexOf(b.step));
    gathered = new Map();
    for (const { step, source, paths, whole } of due) {
      const some = [...paths].slice(0, maxPaths);
      const event = { step, source, paths: some, more: paths.size - some.length, whole };
      for (const tell of listeners) tell(event);
    }
  };

  const gather = (step: Step, source: string, paths: Iterable<string> | 'whole') => {
    if (listeners.size === 0) return;
    if (gathered.size === 0) setTimer(flush, gatherMs);
    const key = `${step} ${source}`;
    const entry = gathered.get(key) ?? { step, source, paths: new Set<string>(), whole: false };
    gathered.set(key, entry);
    if (paths === 'whole') entry.whole = true;
    else for (const path of paths) entry.paths.add(path);
  };

  return {
    subscribe(tell) {
      listeners.add(tell);
      return () => void listeners.delete(tell);
    },
    seen: ({ source, path }) => gather('seen', source, path === undefined ? 'whole' : [path]),
    settled({ scopes }) {
      for (const [source, scope] of scopes) gather('settled', source, scope === 'all' ? 'whole' : scope);
    },
    parsed: (source, path) => gather('parsed', source, [path]),
  };
}
