import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/model/diagnostic.ts';
import { inOrder, type ShownFile } from '../../src/output/shown-file.ts';

const finding: Finding = { code: 'PACK_DIR', severity: 'warning', message: 'm', line: 2, column: 2 };

function file(path: string, ...diagnostics: readonly Finding[]): ShownFile {
  return { path, file: `/root/${path}`, ref: null, state: 'valid', diagnostics };
}

describe('inOrder', () => {
  it('sorts files by the bytes of their paths', () => {
    // By UTF-16 units the last two would change places.
    const paths = ['B', 'a-b', 'a/b', 'ab', '\uff21', '\u{1f600}'];
    expect(inOrder(paths.toReversed().map((path) => file(path))).map(({ path }) => path)).toEqual(paths);
  });

  it('sorts findings by position, then code, then message', () => {
    const sorted: readonly Finding[] = [
      { ...finding, line: 1, column: 9 },
      finding,
      { ...finding, message: 'n' },
      { ...finding, code: 'PACK_REF' },
      { ...finding, column: 10 },
      { ...finding, line: 10, column: 1 },
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray([...sorted], { minLength: sorted.length }), (shuffled) => {
        expect(inOrder([file('a', ...shuffled)])[0]?.diagnostics).toEqual(sorted);
      }),
    );
  });

  it('shows a file once, with what was found on any way to it, whatever the order of the ways', () => {
    const alone = { ...file('./x/a', finding), file: '/root/a' };
    const rival: Finding = { ...finding, code: 'REF_CONFLICT', severity: 'error', line: 1 };
    const inRoot: ShownFile = { ...file('a', finding, rival), state: 'invalid' };
    const once = [{ ...inRoot, path: './x/a', diagnostics: [rival, finding] }];
    expect(inOrder([alone, inRoot])).toEqual(once);
    expect(inOrder([inRoot, alone])).toEqual(once);
  });
});
