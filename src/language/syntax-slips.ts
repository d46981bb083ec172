// What an author left out in the line that the parser stumbled over, or in the one above: a blank, a colon, an indentation.
import { indentOf, type Line, lineAbove, lineAt, type SyntaxCause } from './syntax-lines.ts';

/** A value that is longer is not repeated in a help. */
const maxShown = 60;
/** Lines of a block that are looked at. */
const maxLines = 40;

/** The reasons of the parser that stand for it. */
const reasons =
  /bad indentation of a (?:mapping|sequence) entry|multiline key|expected ':'|end of the stream or a document/;

/** The slip behind a failure at `offset`; undefined when none is plain to see. */
export function findSlip(text: string, reason: string, offset: number): SyntaxCause | undefined {
  if (!reasons.test(reason)) return undefined;
  const line = lineAt(text, offset);
  const above = lineAbove(text, line);
  return (
    blankAfterColon(line) ??
    (above && (blankAfterColon(above) ?? blankAfterDash(above) ?? colonOfKey(above, line))) ??
    blockText(text, line)
  );
}

/** `name:ask`, which is a text and no key. An address is one too, and meant as one. */
const keyAtText = /^(\s*(?:- +)*)([A-Za-z_][\w-]*):(?!\/\/)([^\s:].*)$/;

function blankAfterColon(line: Line): SyntaxCause | undefined {
  const [, before = '', key = '', value = ''] = keyAtText.exec(line.text) ?? [];
  if (key === '') return undefined;
  const isShort = value.length <= maxShown;
  return {
    place: { start: line.start + before.length, end: line.start + line.text.length },
    message: 'a blank is missing after the `:`, so this is a text and no key',
    help: `write \`${key}: ${isShort ? value : '…'}\`; quote it if it is meant as a text`,
  };
}

/** `-name: ask`, which is a key that begins with a dash. */
const dashAtKey = /^(\s*(?:- +)*)-([A-Za-z_][\w-]*:(?: .*)?)$/;

function blankAfterDash(line: Line): SyntaxCause | undefined {
  const [, before = '', entry = ''] = dashAtKey.exec(line.text) ?? [];
  if (entry === '') return undefined;
  const start = line.start + before.length;
  return {
    place: { start, end: start + 1 },
    message: 'a blank is missing after the `-`, so no list begins here',
    help: `write \`- ${entry.length <= maxShown ? entry : '…'}\``,
  };
}

/** `tasks` with a list or a mapping below it. */
const wordAlone = /^(\s*(?:- +)*)([A-Za-z_][\w-]*)$/;

function colonOfKey(above: Line, line: Line): SyntaxCause | undefined {
  const [, before = '', key = ''] = wordAlone.exec(above.text) ?? [];
  const isBelow = /^\s*- /.test(line.text) || indentOf(line.text) > before.length;
  if (key === '' || !isBelow) return undefined;
  const start = above.start + before.length;
  return {
    place: { start, end: start + key.length },
    message: 'a `:` is missing after this key',
    help: `write \`${key}:\``,
  };
}

/** A block whose text stands no deeper than its key, and so is not in it. */
const blockHead = /(?:^|[:-] +)[|>][-+0-9]*(?:\s+#.*)?$/;

function blockText(text: string, line: Line): SyntaxCause | undefined {
  const indent = indentOf(line.text);
  let first = line;
  for (let count = 0; count < maxLines; count += 1) {
    const above = lineAbove(text, first);
    if (above === undefined || indentOf(above.text) !== indent) return undefined;
    if (blockHead.test(above.text)) {
      const place = { start: first.start + indent, end: first.start + first.text.length };
      return {
        place,
        message: 'the text of this block stands no deeper than its key',
        help: 'indent every line of the text deeper than the key',
      };
    }
    first = above;
  }
  return undefined;
}
