// Two texts → how their lines differ. Pure; the only user of `diff`.
import { createTwoFilesPatch, diffLines, FILE_HEADERS_ONLY } from 'diff';
import { toCells } from './cells.ts';
import type { Style } from './style.ts';

export type LineChange = { readonly sign: '+' | '-' | ' '; readonly text: string };

export type NamedText = { readonly name: string; readonly text: string };

/** Texts that differ in more places than this are shown as replaced whole: to find the shortest way would take too long. */
const maxEditLength = 4000;
const contextLines = 3;

/** The lines of both in one list; lines they share stand once. */
export function diffTextLines(before: string, after: string): readonly LineChange[] {
  const parts = diffLines(before, after, { maxEditLength });
  if (parts === undefined) return [...linesOf(before, '-'), ...linesOf(after, '+')];
  return parts.flatMap(({ value, added, removed }) => linesOf(value, added ? '+' : removed ? '-' : ' '));
}

/** A unified diff that `patch` takes. Empty when the texts are the same. */
export function unifiedDiff(before: NamedText, after: NamedText): string {
  if (before.text === after.text) return '';
  const options = { context: contextLines, headerOptions: FILE_HEADERS_ONLY };
  const [oldText, newText] = [before.text, after.text];
  const patch = createTwoFilesPatch(before.name, after.name, oldText, newText, undefined, undefined, {
    ...options,
    maxEditLength,
  });
  return patch ?? replacedWhole(before, after);
}

/** Dressed for a terminal, with everything escaped that it would obey. */
export function renderPatch(patch: string, style: Style): string {
  return patch
    .split('\n')
    .map((line) =>
      colourOf(
        line,
        style,
      )(
        toCells(line)
          .map(({ text }) => text)
          .join(''),
      ),
    )
    .join('\n');
}

function colourOf(line: string, style: Style): (text: string) => string {
  if (line.startsWith('--- ') || line.startsWith('+++ ')) return style.bold;
  if (line.startsWith('@@')) return style.cyan;
  if (line.startsWith('-')) return style.red;
  return line.startsWith('+') ? style.green : (text) => text;
}

function replacedWhole(before: NamedText, after: NamedText): string {
  const [gone, come] = [linesOf(before.text, '-'), linesOf(after.text, '+')];
  const head = `--- ${before.name}\n+++ ${after.name}\n@@ -1,${gone.length} +1,${come.length} @@\n`;
  return `${head}${[...gone, ...come].map(({ sign, text }) => `${sign}${text}\n`).join('')}`;
}

function linesOf(text: string, sign: LineChange['sign']): readonly LineChange[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => ({ sign, text: line }));
}
