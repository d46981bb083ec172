// The catalogue of codes → docs/diagnostics.md: an index, and for each code what it means, an example, what is said about
// it, and the fix. Pure.
import type { CatalogueEntry } from '../../src/language/diagnostics-entry.ts';
import { renderDiagnostics } from '../../src/output/diagnostics-text.ts';
import { plainStyle } from '../../src/output/style.ts';
import { partsOf, type Tried } from './catalogue-examples.ts';

/** A code with its entry and what became of its example; undefined: it was not tried. */
export type PageEntry = readonly [code: string, entry: CatalogueEntry, tried: Tried | undefined];

const groups: readonly (readonly [prefix: string, title: string])[] = [
  ['READ_', 'Reading'],
  ['YAML_', 'YAML'],
  ['SCHEMA_', 'Shape'],
  ['PACK_', 'Packs'],
  ['REF_', 'Identity'],
  ['RULE_', 'Workflow rules'],
  ['VARS_', 'Workflow rules'],
  ['EXPR_', 'Expressions'],
  ['CALL_', 'Calls of other packs'],
];

/** Columns of a line that is shown. */
const width = 100;

/** The whole page. Throws on a code that belongs to no group. */
export function diagnosticsPage(entries: readonly PageEntry[]): string {
  const titles = [...new Set(groups.map(([, title]) => title))];
  const parts = titles.flatMap((title) => {
    const members = entries.filter(([code]) => groupOf(code) === title);
    return members.length === 0 ? [] : [`## ${title}`, indexOf(members), ...members.map(section)];
  });
  return `${[intro, ...parts].join('\n\n')}\n`;
}

const intro = `# Diagnostics

<!-- commands: test/language/catalogue.test.ts -->

Every code there is, from the catalogue that the program itself uses. This page is made by \`npm run docs\`; a test fails
when it is stale, and tries every example.

Errors keep a file out of the registry: what was registered before goes on being served. Warnings and infos do not; with
\`--strict\` or \`PACKWATCH_STRICT=true\` a warning counts as an error, an info never does. Examples lie in a pack \`shop\`; the
first line of each names the file. A line that begins with \`$\` is a command given in the directory of the pack. Codes may be
added, none is given another meaning.`;

function groupOf(code: string): string {
  const group = groups.find(([prefix]) => code.startsWith(prefix));
  if (group === undefined) throw new Error(`${code} belongs to no group of the page`);
  return group[1];
}

function indexOf(members: readonly PageEntry[]): string {
  const rows = members.map(
    ([code, { severity, title }]) => `| [${code}](#${code.toLowerCase()}) | ${severity} | ${title} |`,
  );
  return ['| code | severity | title |', '| --- | --- | --- |', ...rows].join('\n');
}

function section([code, entry, tried]: PageEntry): string {
  const { severity, title, meaning, example, fix } = entry;
  const isText = partsOf(example).length > 0;
  const language = example.startsWith('$ ') ? 'sh' : 'yaml';
  return [
    `### ${code}`,
    `**${title}** · ${severity}`,
    meaning,
    isText ? fence(language, cut(example)) : `For example: ${example}.`,
    ...(tried === undefined ? [] : [said(code, tried)]),
    `**Fix.** ${fix}`,
  ].join('\n\n');
}

/** At most two findings of the code: an example may have more. */
function said(code: string, { findings, texts }: Tried): string {
  const shown = findings.filter((finding) => finding.code === code).slice(0, 2);
  const files = shown.map((finding) => ({
    path: finding.path,
    text: texts.get(finding.path) ?? '',
    diagnostics: [finding],
  }));
  return fence('text', renderDiagnostics(files, { style: plainStyle, columns: width }));
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

function cut(text: string): string {
  return text.replaceAll(new RegExp(`^(.{${width - 1}}).{2,}$`, 'gm'), '$1…');
}
