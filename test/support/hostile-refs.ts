// Refs that no pack and no workflow has: ways out, other encodings, parts of languages that something behind might speak.
import { createRandom } from '../../bench/random.ts';
import { hostilePaths } from './hostile-paths.ts';

const parts: readonly [string, ...string[]] = [
  ...([
    '..',
    '.',
    '/',
    '\\',
    '%',
    '%2e',
    '%2f',
    '%5c',
    '%00',
    '\0',
    '\r\n',
    '\n',
    '\t',
    ' ',
    '\x1b[2J',
  ] as const),
  ...['\u202e', '\u2028', '\ufeff', '\u00e9', 'e\u0301', '\uff0e\uff0e', '\uff0f', '\ud83d\ude00', '\ud83d'],
  ...[
    "'",
    '"',
    '`',
    ';',
    '--',
    '/*',
    "' or 1=1 --",
    '$1',
    '$$',
    '\\x27',
    '$(x)',
    '{{ x }}',
    '<script>',
    '%s',
  ],
  ...['ops', 'ops.page', 'pw-escaped', 'etc/passwd', 'C:', 'file://', '~', '*', '?', '#', '&', '=', '+', ':'],
  ...[
    '__proto__',
    'constructor',
    'hasOwnProperty',
    'null',
    'undefined',
    'NaN',
    '-1',
    '1e999',
    'x'.repeat(300),
  ],
];

/** `count` of them, no two alike, the same for the same seed. None is empty. */
export function hostileRefs(count: number, seed: number): readonly string[] {
  const random = createRandom(seed);
  const refs = new Set(hostilePaths);
  while (refs.size < count) {
    const ref = Array.from({ length: random.between(1, 5) }, () => random.pick(parts)).join('');
    // A ref in disguise would be found, and rightly.
    if (!/^[a-z0-9._-]*$/.test(ref) || ref.includes('..') || ref.includes('__proto__')) refs.add(ref);
  }
  return [...refs].slice(0, count);
}
