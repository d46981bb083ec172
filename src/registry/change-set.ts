// Scopes and their unions: what a pass should look at. Pure.
import type { Cause, ChangeSet, SourceScope } from '../model/change.ts';
import type { PackDir, SourceName } from '../model/pack.ts';

/** Everything of these sources. */
export function fullChange(sources: readonly SourceName[], cause: Cause, seenAtMs: number): ChangeSet {
  return {
    scopes: new Map(sources.map((source) => [source, 'all' as const])),
    cause,
    oldestSeenAtMs: seenAtMs,
  };
}

/** One pack directory of a source, or all of it. */
export function changeOf(
  source: SourceName,
  scope: PackDir | 'all',
  cause: Cause,
  seenAtMs: number,
): ChangeSet {
  const wanted: SourceScope = scope === 'all' ? 'all' : new Set([scope]);
  const scopes = new Map([[source, wanted]]);
  return { scopes, cause, oldestSeenAtMs: seenAtMs };
}

/** What both sets ask for. The cause is the one that says more: a person's request before a watcher's hint before the clock. */
export function unionChanges(a: ChangeSet | undefined, b: ChangeSet): ChangeSet {
  if (!a) return b;
  const scopes = new Map(a.scopes);
  for (const [source, scope] of b.scopes) scopes.set(source, unionScopes(scopes.get(source), scope));
  const cause = rank(a.cause) >= rank(b.cause) ? a.cause : b.cause;
  return { scopes, cause, oldestSeenAtMs: Math.min(a.oldestSeenAtMs, b.oldestSeenAtMs) };
}

function unionScopes(a: SourceScope | undefined, b: SourceScope): SourceScope {
  if (a === undefined) return b;
  return a === 'all' || b === 'all' ? 'all' : new Set([...a, ...b]);
}

function rank(cause: Cause): number {
  return ['retry', 'rescan', 'watch', 'start', 'request'].indexOf(cause);
}
