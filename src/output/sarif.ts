// Checked files → a SARIF 2.1.0 log, for code scanning and editors. Pure.
import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DiagnosticCode, Finding, Severity } from '../model/diagnostic.ts';
import { splitLines } from './frame.ts';
import type { ShownFile } from './shown-file.ts';

/** What a code means, as the catalogue says it. */
export type RuleText = {
  readonly severity: Severity;
  readonly title: string;
  readonly meaning: string;
  readonly example: string;
  readonly fix: string;
};

export type SarifOptions = {
  readonly catalogue: Readonly<Record<DiagnosticCode, RuleText>>;
  /** Of this program. */
  readonly version: string;
  /** The directory that relative paths are relative to, absolute. */
  readonly base: string;
  /** The text of a file, to tell its findings apart; empty where there is none. */
  readText(file: ShownFile): string;
};

const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
const baseId = '%SRCROOT%';

/** The whole log, one run, ready to be printed: every code is a rule, every finding a result. */
export function sarifDocument(files: readonly ShownFile[], options: SarifOptions): object {
  const codes = Object.keys(options.catalogue).sort() as DiagnosticCode[];
  const indexes = new Map(codes.map((code, index) => [code, index]));
  const rules = codes.map((code) => ruleOf(code, options.catalogue[code]));
  const { version } = options;
  return {
    $schema: schema,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'packwatch', version, semanticVersion: version, rules } },
        invocations: [{ executionSuccessful: true }],
        originalUriBaseIds: { [baseId]: { uri: pathToFileURL(`${options.base}/`).href } },
        columnKind: 'utf16CodeUnits',
        newlineSequences: ['\r\n', '\n', '\r'],
        results: files.flatMap((file) => resultsOf(file, indexes, options)),
      },
    ],
  };
}

function ruleOf(code: DiagnosticCode, { severity, title, meaning, example, fix }: RuleText): object {
  return {
    id: code,
    name: code.toLowerCase().replaceAll(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: escapeMessage(title) },
    fullDescription: { text: escapeMessage(meaning) },
    help: {
      text: escapeMessage(`${meaning} ${fix}`),
      markdown: braces(`${meaning}\n\n**Example**\n\n\`\`\`yaml\n${example}\n\`\`\`\n\n**Fix:** ${fix}\n`),
    },
    defaultConfiguration: { level: levelOf(severity) },
  };
}

function resultsOf(
  file: ShownFile,
  indexes: ReadonlyMap<DiagnosticCode, number>,
  options: SarifOptions,
): object[] {
  if (file.diagnostics.length === 0) return [];
  const lines = splitLines(options.readText(file));
  const occurrences = new Map<string, number>();
  return file.diagnostics.map((finding) => {
    const { code, severity, message, help } = finding;
    const hash = hashOf(finding, lines);
    const occurrence = (occurrences.get(hash) ?? 0) + 1;
    occurrences.set(hash, occurrence);
    return {
      ruleId: code,
      ruleIndex: indexes.get(code) ?? -1,
      level: levelOf(severity),
      message: { text: escapeMessage(help === undefined ? message : `${message}\nhelp: ${help}`) },
      locations: [{ physicalLocation: { artifactLocation: locationOf(file), region: regionOf(finding) } }],
      partialFingerprints: { primaryLocationLineHash: `${hash}:${occurrence}` },
    };
  });
}

/** Of the code and the marked line without its indentation: lines that come or go above change nothing. */
function hashOf({ code, line }: Finding, lines: readonly string[]): string {
  const text = (lines[line - 1] ?? '').trim();
  return createHash('sha256').update(`${code}\n${text}`).digest('hex').slice(0, 16);
}

function regionOf({ line, column, end_line, end_column }: Finding): object {
  return {
    startLine: line,
    startColumn: column,
    ...(end_line === undefined ? {} : { endLine: end_line }),
    ...(end_column === undefined ? {} : { endColumn: end_column }),
  };
}

/** Relative to the base, or a URI of its own for what lies elsewhere. */
function locationOf({ path, file }: ShownFile): object {
  const isBelow = !isAbsolute(path) && path !== '..' && !path.startsWith('../');
  if (!isBelow) return { uri: pathToFileURL(file).href };
  return { uri: path.split('/').map(encodeSegment).join('/'), uriBaseId: baseId };
}

/** Also a colon, which in the first segment would end a scheme. Half a pair is no character and has no code. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment.replaceAll(/\p{Cs}/gu, '\ufffd'));
}

function levelOf(severity: Severity): 'error' | 'warning' | 'note' {
  return severity === 'info' ? 'note' : severity;
}

/** Plain text of a message: braces are placeholders there unless doubled, brackets before a parenthesis a link. */
function escapeMessage(text: string): string {
  return braces(text.includes('](') ? text.replaceAll(/[[\]\\]/g, '\\$&') : text);
}

function braces(text: string): string {
  return text.replaceAll(/[{}]/g, '$&$&');
}
