// Made-up YAML: documents of every style by a grammar, and suite cases and shipped files with a few edits.
import { createEdits } from './yaml-edits.mjs';

const words = [
  ...[
    'a',
    'b c',
    'key',
    'no',
    'true',
    'null',
    '~',
    '12',
    '-3.5',
    '017',
    '0x1F',
    '1e3',
    '.5',
    '1_000',
    '2024-01-02',
  ],
  ...[
    'a:b',
    'a#b',
    'x y z',
    '{{ a }}',
    'http://e.org/?q=1',
    '<<',
    '=',
    'é',
    '数',
    '😀',
    'a\u00a0b',
    '\u2028',
    '-x',
    '?y',
    ':z',
  ],
  ...[
    '9007199254740993',
    '.inf',
    '0o17',
    'a,b',
    'a]b',
    "it's",
    'say "x"',
    'back\\slash',
    '%d',
    '__proto__',
    'y',
    '',
  ],
];
const escapes = [
  '\\n',
  '\\t',
  '\\"',
  '\\\\',
  '\\x41',
  '\\u00e9',
  '\\U0001F600',
  '\\ ',
  '\\/',
  '\\_',
  '\\N',
  '\\0',
  '\\ud83d\\ude00',
];

/** Texts of documents: `generate()` by the grammar, `mutate()` of what there is. */
export function createTexts(random) {
  const pick = (list) => list[random(list.length)];
  const chance = (percent) => random(100) < percent;
  let anchors = [];

  const comment = () => (chance(8) ? `${pick([' ', '  ', '\t'])}# ${pick(words)}` : '');
  const gap = (pad) => (chance(6) ? pick(['\n', `${pad}# note\n`, '\n\n', '   \n', '# at the edge\n']) : '');
  const plainWord = () =>
    pick(words.filter((word) => !/^[\s"'%#]|[,[\]{}]|: |^$|^[-?:]/.test(word) || chance(5)));

  /** Mostly a name that is new, so that few mappings are refused for their keys. */
  function key() {
    return chance(85)
      ? `${pick(['a', 'b c', 'ä', "'q'", '"d"'])}`.replace(/(?=['"]?$)/, String(random(1000)))
      : flowScalar(true);
  }

  function flowScalar(isKey) {
    const kind = random(10);
    if (kind < 5) return plainWord().replaceAll(/[,[\]{}]/g, '_') || 'a';
    if (kind < 7) return `'${pick(words).replaceAll("'", "''")}'`;
    return `"${pick(words).replaceAll(/["\\]/g, '\\$&')}${chance(40) && !isKey ? pick(escapes) : ''}"`;
  }

  function folded(pad) {
    const inner = pad || '  ';
    const lines = Array.from({ length: 1 + random(3) }, () => plainWord() || 'w');
    const joint = () =>
      chance(25) ? `\n\n${inner}` : `${pick(['', ' ', '\t'])}\n${inner}${pick(['', ' ', '  '])}`;
    const quote = pick(['', "'", '"']);
    let text = '';
    for (const [index, line] of lines.entries()) {
      const safe =
        quote === "'"
          ? line.replaceAll("'", "''")
          : quote === '"'
            ? line.replaceAll(/["\\]/g, '\\$&')
            : line.replaceAll(/[#:]/g, '_');
      text += (index > 0 ? joint() : '') + safe;
      if (quote === '"' && chance(10)) text += '\\\n'.concat(inner);
    }
    return `${quote}${text}${quote}`;
  }

  function blockScalar(pad) {
    const inner = `${pad}${' '.repeat(1 + random(3))}`;
    const explicit = chance(15) ? String(inner.length - pad.length) : '';
    const header = `${pick(['|', '>'])}${pick(chance(50) ? ['', ''] : ['-', '+'])}${explicit}${comment()}`;
    const lines = Array.from({ length: random(5) }, () =>
      chance(20)
        ? pick(['', ' ', inner, `${inner} `])
        : `${inner}${pick(['', '', ' ', '\t'])}${pick(words)}${pick(['', '', ' ', ' # no comment'])}`,
    );
    return `${header}\n${lines.map((line) => `${line}\n`).join('')}${chance(20) ? '\n'.repeat(1 + random(2)) : ''}`;
  }

  function properties() {
    let text = '';
    if (chance(6)) {
      const name = pick(['a', 'b', 'x-1', 'ä']);
      anchors.push(name);
      text += `&${name} `;
    }
    if (chance(3)) text += pick(['!!str ', '!!int ', '! ', '!own ', '!!map ', '!!seq ']);
    return text;
  }

  function flow(depth, pad) {
    if (anchors.length > 0 && chance(8)) return `*${pick(anchors)} `;
    if (depth <= 0 || chance(45))
      return `${properties()}${chance(12) ? folded(`${pad}  `) : flowScalar(false)}`;
    const space = () => pick(['', ' ', ' ', `\n${pad}  `, chance(10) ? ` # c\n${pad}  ` : ' ']);
    const isMap = chance(50);
    const entry = () => {
      if (!isMap) return chance(10) ? `${key()}: ${flow(depth - 1, pad)}` : flow(depth - 1, pad);
      if (chance(8)) return key();
      const name = key();
      return `${chance(3) ? '? ' : ''}${name}${/["']$/.test(name) && chance(20) ? ':' : pick([': ', ': ', ' : ', `:\n${pad}  `])}${chance(10) ? '' : flow(depth - 1, pad)}`;
    };
    const items = Array.from({ length: random(4) }, () => `${space()}${entry()}${space()}`);
    return `${properties()}${isMap ? '{' : '['}${items.join(',')}${chance(10) && items.length > 0 ? ',' : ''}${space()}${isMap ? '}' : ']'}`;
  }

  /** A value after `key:` or `-`: it begins with its blank or line end and ends its line. */
  function block(depth, pad) {
    const kind = random(100);
    if (kind < 8) return `${comment()}\n`;
    if (kind < 14 && anchors.length > 0) return ` *${pick(anchors)}${comment()}\n`;
    if (kind < 22) return ` ${properties()}${blockScalar(pad)}`;
    if (kind < 30) return ` ${properties()}${folded(`${pad}${' '.repeat(1 + random(3))}`)}${comment()}\n`;
    if (depth <= 0 || kind < 48) return ` ${properties()}${flowScalar(false)}${comment()}\n`;
    if (kind < 60) return ` ${flow(depth - 1, pad)}${comment()}\n`;
    const inner = `${pad}${' '.repeat(1 + random(4))}`;
    return `${chance(10) ? ` ${properties().trim()}` : ''}${comment()}\n${collection(depth - 1, chance(15) ? pad : inner)}`;
  }

  function collection(depth, pad) {
    const isMap = chance(60);
    let text = '';
    for (let count = 1 + random(4); count > 0; count -= 1) {
      text += gap(pad);
      if (!isMap) {
        const isCompact = depth > 0 && chance(20);
        text += isCompact
          ? `${pad}- ${collection(depth - 1, `${pad}  `).slice(pad.length + 2)}`
          : `${pad}-${block(depth, pad)}`;
      } else if (chance(3)) text += `${pad}? ${key()}\n${pad}:${block(depth, pad)}`;
      else
        text += `${pad}${chance(3) ? properties() : ''}${key()}${chance(10) ? ' ' : ''}:${block(depth, pad)}`;
    }
    return text;
  }

  function generate() {
    anchors = [];
    let text = `${gap('')}${chance(8) ? pick(['---\n', '--- # c\n', '%YAML 1.2\n---\n', '%YAML 1.1\n---\n']) : ''}`;
    text += chance(85)
      ? collection(1 + random(4), chance(5) ? '  ' : '')
      : pick([flow(3, ''), blockScalar(''), folded('')]);
    if (chance(4)) text += pick(['...\n', '---\n', '...\n---\na\n', '\n', '# end']);
    if (chance(10)) text = text.replaceAll('\n', '\r\n');
    if (chance(4)) text = text.trimEnd();
    return text;
  }

  const mutate = createEdits(random);
  return { generate, mutate, next: () => (chance(50) ? generate() : mutate()) };
}
