// The front door: bytes and a role in, everything that can be said about them out.
// decode → parse → shape → rules → normalise; every problem of a file is collected on the way, then located.
import { type Finding, hasError, maxDiagnosticsPerFile, type Severity } from '../model/diagnostic.ts';
import type { CheckedFile, Position, ValidTree } from '../model/file.ts';
import type { FileRole } from '../model/pack.ts';
import { decodeBytes } from './decode.ts';
import { dropNulls } from './drop-nulls.ts';
import { createLocator, type Locator } from './locate.ts';
import { normaliseWorkflow } from './normalise.ts';
import { parseDocument } from './parse.ts';
import { asWritten, type Problem, type Report, wholeFile } from './problem.ts';
import { isMap, type RawMap, stringOf } from './raw.ts';
import { readAction, readManifest } from './read-file.ts';
import { checkManifest } from './rules/manifest-rules.ts';
import { parameterUses } from './rules/parameter-uses.ts';
import { checkSchemas } from './rules/parameters.ts';
import { checkWorkflow } from './rules/workflow-rules.ts';
import { scanKey } from './scan-key.ts';
import { found } from './shape-words.ts';
import { validateShape } from './validate.ts';

export type CheckOptions = {
  /** Warnings count as errors: a file with one is not valid. */
  readonly strict: boolean;
};

/**
 * Checks one file. A function of bytes, role and options alone: no I/O, never throws for what an author wrote.
 * With an error among the findings `file` is undefined; `claim`, `link` and `text` are filled where they can be read.
 */
export function checkFile(role: FileRole, bytes: Uint8Array, options: CheckOptions): CheckedFile<ValidTree> {
  const decoded = decodeBytes(bytes);
  if (!decoded.ok) {
    const findings = locateAll([decoded.problem], createLocator(decoded.before), options);
    return { role, file: undefined, findings, claim: undefined, link: undefined, text: '' };
  }
  const { text } = decoded;
  const parsed = parseDocument(text);
  const problems = [...parsed.problems];
  const root = checkValue(role, dropNulls(parsed.value, role), problems);
  const locator = createLocator(text, parsed.events);
  const findings = problems.length === 0 ? [] : locateAll(problems, locator, options);
  const file = root === undefined || hasError(findings) ? undefined : readers[role](root);
  const expects = file?.role === 'workflow' && root ? expectationsOf(root, locator, options) : {};
  return { role, file, findings, ...claimsOf(role, root, text), ...expects, text };
}

/** The mapping at the root of the document, its problems reported; undefined when there is none. */
function checkValue(role: FileRole, value: unknown, problems: Problem[]): RawMap | undefined {
  const report: Report = (problem) => {
    problems.push(problem);
  };
  // No value: the parser has said why.
  if (value === undefined) return undefined;
  if (value === null) {
    if (problems.length > 0) return undefined;
    const help = 'write the definition, or delete the file';
    const message = 'the file holds nothing but blanks and comments';
    report({ code: 'READ_EMPTY', severity: 'error', message, help, place: wholeFile });
    return undefined;
  }
  if (!isMap(value)) {
    // The text of anything else would be made by its own methods, which an author may have named keys after.
    const number = typeof value === 'number' ? String(value) : '';
    const message = `the file must be a mapping, found ${found(value).replace(asWritten, number)}`;
    report({
      code: 'SCHEMA_TYPE',
      severity: 'error',
      message,
      help: 'begin with `key: value`',
      place: wholeFile,
    });
    return undefined;
  }
  validateShape(role, value, report);
  checks[role](value, report);
  return value;
}

const checks: Readonly<Record<FileRole, (root: RawMap, report: Report) => void>> = {
  workflow: checkWorkflow,
  action: checkSchemas,
  manifest: checkManifest,
};

const readers: Readonly<Record<FileRole, (root: RawMap) => ValidTree>> = {
  workflow: normaliseWorkflow,
  action: readAction,
  manifest: readManifest,
};

/** What the file claims to be, also when it cannot be parsed: an invalid file keeps the ref it names. */
function claimsOf(
  role: FileRole,
  root: RawMap | undefined,
  text: string,
): Pick<CheckedFile, 'claim' | 'link'> {
  const value = (key: string): string | undefined => {
    const written = root === undefined ? scanKey(text, key) : stringOf(root[key]);
    return written === '' ? undefined : written;
  };
  const ref = value('ref');
  // What is longer than any ref claims none.
  return {
    claim: ref !== undefined && ref.length <= 255 ? ref : undefined,
    link: role === 'action' ? value('workflow_file') : undefined,
  };
}

/** The parameters that a graph expects of who links it, located here because here its text is at hand. */
function expectationsOf(
  root: RawMap,
  locator: Locator,
  options: CheckOptions,
): Pick<CheckedFile, 'parameterUses'> {
  const severity = severityOf('warning', options);
  const uses = parameterUses(root).map(({ name, place }) => ({
    name,
    severity,
    ...locator.locatePlace(place),
  }));
  return uses.length === 0 ? {} : { parameterUses: uses };
}

type Located = { readonly problem: Problem; readonly position: Position };

/** Problems as findings: located, sorted by position; when there are too many, errors stay before warnings. */
export function locateAll(problems: readonly Problem[], locator: Locator, options: CheckOptions): Finding[] {
  const all = problems.map((problem) => ({ problem, position: locator.locatePlace(problem.place) }));
  const located = withoutEchoes(withoutRepeats(all), locator);
  if (located.length > maxDiagnosticsPerFile) {
    located.sort((a, b) => rank(a) - rank(b) || byPosition(a, b)).splice(maxDiagnosticsPerFile);
  }
  return located.sort(byPosition).map((one) => toFinding(one, locator, options));
}

/** What an anchor holds is found again through each of its aliases, and is said once. */
function withoutRepeats(located: readonly Located[]): Located[] {
  const seen = new Set<string>();
  return located.filter(({ problem: { code, message }, position: { line, column } }) => {
    const key = `${line}:${column} ${code} ${message}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** Of a template without quotes, which YAML reads as a mapping: that it is no text is not told as well. */
function withoutEchoes(located: readonly Located[], locator: Locator): Located[] {
  const isTemplate = ({ problem: { code, place } }: Located): boolean =>
    code === 'YAML_KEY_NOT_STRING' && locator.textAt(place).startsWith('{{');
  const templates = located.filter(isTemplate).map(({ position }) => position);
  return located.filter(
    ({ problem, position: { line, column } }) =>
      problem.code !== 'SCHEMA_TYPE' ||
      !templates.some((template) => template.line === line && template.column === column),
  );
}

function severityOf(severity: Severity, { strict }: CheckOptions): Severity {
  return strict && severity === 'warning' ? 'error' : severity;
}

function toFinding({ problem, position }: Located, locator: Locator, options: CheckOptions): Finding {
  const severity = severityOf(problem.severity, options);
  const words = (text: string): string =>
    text.includes(asWritten) ? text.replaceAll(asWritten, () => locator.textAt(problem.place)) : text;
  const advice = typeof problem.help === 'function' ? problem.help() : problem.help;
  const help = advice === undefined ? {} : { help: words(advice) };
  return { code: problem.code, severity, message: words(problem.message), ...position, ...help };
}

function rank({ problem }: Located): number {
  return problem.severity === 'error' ? 0 : 1;
}

function byPosition(a: Located, b: Located): number {
  const byPlace = a.position.line - b.position.line || a.position.column - b.position.column;
  return byPlace || compare(a.problem.code, b.problem.code) || compare(a.problem.message, b.problem.message);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
