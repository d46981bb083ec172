import { describe, expect, it } from 'vitest';
import type { Cause, ChangeSet, SourceScope } from '../../src/model/change.ts';
import type { PackDir, SourceName } from '../../src/model/pack.ts';
import { fullChange, unionChanges } from '../../src/registry/change-set.ts';

const a = 'root:a' as SourceName;
const b = 'root:b' as SourceName;

function change(
  scopes: readonly (readonly [SourceName, 'all' | string[]])[],
  cause: Cause,
  at: number,
): ChangeSet {
  const wanted = scopes.map(([source, scope]): [SourceName, SourceScope] => [
    source,
    scope === 'all' ? scope : new Set(scope as PackDir[]),
  ]);
  return { scopes: new Map(wanted), cause, oldestSeenAtMs: at };
}

describe('fullChange', () => {
  it('asks for everything of each source', () => {
    expect(fullChange([a, b], 'rescan', 5)).toEqual(
      change(
        [
          [a, 'all'],
          [b, 'all'],
        ],
        'rescan',
        5,
      ),
    );
  });
});

describe('unionChanges', () => {
  it('is the other one when there is none yet', () => {
    const one = change([[a, ['x']]], 'watch', 1);
    expect(unionChanges(undefined, one)).toBe(one);
  });

  it('joins directories by source and keeps the first hint', () => {
    const joined = unionChanges(
      change([[a, ['x', 'y']]], 'watch', 7),
      change(
        [
          [a, ['y', 'z']],
          [b, ['x']],
        ],
        'watch',
        3,
      ),
    );
    expect(joined).toEqual(
      change(
        [
          [a, ['x', 'y', 'z']],
          [b, ['x']],
        ],
        'watch',
        3,
      ),
    );
  });

  it('widens to all, from either side', () => {
    const some = change([[a, ['x']]], 'watch', 1);
    const all = change([[a, 'all']], 'rescan', 2);
    expect(unionChanges(some, all).scopes.get(a)).toBe('all');
    expect(unionChanges(all, some).scopes.get(a)).toBe('all');
  });

  it('changes neither of the two', () => {
    const one = change([[a, ['x']]], 'watch', 1);
    unionChanges(one, change([[a, ['y']]], 'watch', 1));
    expect([...(one.scopes.get(a) ?? [])]).toEqual(['x']);
  });

  it.each([
    ['retry', 'rescan', 'rescan'],
    ['rescan', 'watch', 'watch'],
    ['watch', 'start', 'start'],
    ['start', 'request', 'request'],
    ['request', 'retry', 'request'],
  ] as const)('of %s and %s is for %s', (one, other, cause) => {
    expect(unionChanges(change([], one, 1), change([], other, 1)).cause).toBe(cause);
    expect(unionChanges(change([], other, 1), change([], one, 1)).cause).toBe(cause);
  });
});
