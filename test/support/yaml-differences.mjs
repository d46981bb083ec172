// What our reading of a text and that of `yaml` have to do with each other: the same value, the same refusal, a refusal of
// ours that the text gives reason for, or a difference of the two parsers that is known by name. Anything else is a finding.
import { isDeepStrictEqual } from 'node:util';
import { isAlias, isCollection, isScalar, visit } from 'yaml';
import { createRandom } from './yaml-edits.mjs';
import { plain, readWithJsYaml, readWithYaml } from './yaml-readers.mjs';
import { createTexts } from './yaml-texts.mjs';

/** Codes for what no YAML reader takes. */
const plainRefusals = new Set(['YAML_SYNTAX', 'YAML_DUPLICATE_KEY', 'YAML_ALIAS_UNKNOWN']);
const integerForm = /^(?:[-+]?\d+|0x[\da-fA-F]+|0o[0-7]+)$/;
const forbidden = new Set(['__proto__', 'constructor', 'prototype']);
const coreTags = new Set([
  '!',
  ...['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
]);
const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** A directive before the document, behind blank lines, comments and `%YAML 1.2` at most. */
const foreignDirective =
  /^\ufeff?(?:(?:[ \t]*(?:#.*)?|%YAML[ \t]+1\.2(?:[ \t].*)?)\r?\n)*%(?!YAML[ \t]+1\.2(?:\s|$))/;

/** Every code that a definition may not have although it is YAML, and that the nodes of `yaml` give reason for. */
function reasonsIn(documents) {
  const reasons = new Set();
  if (documents.length > 1) reasons.add('YAML_MULTI_DOCUMENT');
  const [document] = documents;
  if (document === undefined) return reasons;
  const ofKey = (key) => {
    if (key === null || isCollection(key)) reasons.add('YAML_KEY_NOT_STRING');
    else if (isAlias(key)) ofKey(key.resolve(document) ?? null);
    else if (typeof key.value !== 'string' && key.value !== undefined && key.tag !== '!')
      reasons.add('YAML_KEY_NOT_STRING');
    else if (key.value === '<<' && key.type === 'PLAIN') reasons.add('YAML_MERGE_KEY');
    else if (forbidden.has(key.value)) reasons.add('YAML_FORBIDDEN_KEY');
  };
  const ofScalar = ({ value, source }) => {
    if (typeof value === 'string' && value.includes('\0')) reasons.add('YAML_NUL');
    if (typeof value === 'string' && loneSurrogate.test(value)) reasons.add('YAML_LONE_SURROGATE');
    if (typeof value === 'number' && !Number.isFinite(value)) reasons.add('YAML_NOT_FINITE');
    if (integerForm.test(source ?? '') && typeof value === 'number' && !Number.isSafeInteger(value))
      reasons.add('YAML_UNSAFE_INTEGER');
  };
  visit(document, {
    Pair: (_, pair) => ofKey(pair.key),
    Alias: (_, alias, path) => {
      if (path.includes(alias.resolve(document))) reasons.add('YAML_ALIAS_CYCLE');
    },
    Node: (_, node) => {
      if (isScalar(node)) ofScalar(node);
      if (node.tag !== undefined && !coreTags.has(node.tag)) reasons.add('YAML_TAG');
    },
  });
  return reasons;
}

/** What is said here of a line that cannot stand where it does. */
const misfit =
  /does not fit|on its own line|document ends here|second ": "|behind the closing|cannot begin|key is indented by|is missing after/;
const misplaced = /must be indented deeper|a tab stands/;

/**
 * The differences of the parsers: what in the text shows that it is this one, with what `yaml` says (`refuses`), what is
 * said here (`problem`), or two values that differ in nothing but white space (`isBlank`).
 */
const known = [
  { name: 'a scalar as the whole file', text: /./, isScalar: true },
  { name: 'a blank line after an escaped line break', text: /\\\r?\n[ \t]*\r?\n/, isBlank: true },
  { name: 'blank lines under an indentation indicator', text: /[|>][-+]?[1-9]/, isBlank: true },
  { name: 'a block that ends in blanks', text: /[|>][\s\S]*\n[ \t]+$/, isBlank: true },
  { name: 'a carriage return alone', text: /\r(?!\n)/ },
  { name: 'a byte order mark inside', text: /\ufeff/ },
  { name: 'an indented ---', text: /^[ \t]+---(?:\s|$)/m },
  {
    name: 'an anchor with a colon',
    text: /[&*][^ \t\n,[\]{}]*:/,
    refuses: /BAD_ALIAS|BLOCK_AS_IMPLICIT_KEY/,
  },
  { name: 'a tab where it indents nothing', text: /^ *[-?: ]*\t/m, refuses: /TAB_AS_INDENT|BAD_INDENT/ },
  { name: 'a tab before a collection or a key', text: /[-:?,[{"'][ ]*\t/, problem: misplaced },
  { name: 'a bracket or comma at the edge', text: /^[ \t]*[\]},]/m, problem: misplaced },
  { name: 'a colon at the edge', text: /^[ \t]*:(?:\s|$)/m, problem: misfit },
  { name: 'a colon behind a collection', text: /[\]}][ \t]*:/, problem: misfit },
  {
    name: 'a mapping behind an anchor or a tag on the line of its key',
    text: /[&!]\S*[ \t][^\n]*:/,
    refuses: /BLOCK_AS_IMPLICIT_KEY/,
  },
  { name: 'no blank behind a collection', text: /[\]}][^\s,\]}]/, refuses: /UNEXPECTED_TOKEN/ },
  { name: 'tabs alone on a line in brackets', text: /^[ \t]*\t[ \t]*\r?$/m, refuses: /MISSING_CHAR/ },
  { name: 'characters that no tag has', text: /!/, problem: /tag/ },
  { name: 'a comment inside of words in brackets', text: /#.*\n/, refuses: /MISSING_CHAR/ },
  { name: 'no blank behind a tag', text: /!<[^>\s]*>\S/, refuses: /MISSING_CHAR/ },
  { name: 'two anchors in a row', text: /&\S+\s+(?:#.*\n\s*)?&/, refuses: /MULTIPLE_ANCHORS/ },
  {
    name: 'an explicit key that goes wrong',
    text: /^[ \t]*(?:- +)*\?(?:\s|$)/m,
    problem: misfit,
  },
  {
    name: 'properties or `?` without a value in brackets',
    text: /[[{,][\s\S]*[!&?]/,
    problem: /a comma or a closing bracket/,
  },
  { name: 'equal keys by aliases', text: /\*\S+[ \t]*:/, problem: /is given twice/ },
  { name: 'a quoted text that goes on at the edge', text: /["'][^\n]*\n/, problem: /continued line must be/ },
  {
    name: 'quotes that close nothing at the end',
    text: /''$/m,
    problem: /never closed|indented deeper|closing quote/,
  },
  { name: 'a directive of no document', text: /^\ufeff*%/m, problem: /directive/ },
  { name: 'text or nothing behind ...', text: /^\.\.\./m },
];

function isScalarRoot(value) {
  return typeof value !== 'object' && value !== undefined;
}

function withoutBlanks(values) {
  return JSON.stringify(values, (_, value) =>
    typeof value === 'string' ? value.replaceAll(/\s/g, '') : value,
  );
}

/** The name of what holds between our reading (`parseDocument(text)`) and that of `yaml`; `unexplained …` for what should not be. */
export function compareReadings(text, { value, problems }) {
  const codes = new Set(problems.map(({ code }) => code));
  // Deep nesting is dangerous there, and few other texts reach the other limits.
  for (const code of codes) if (code.endsWith('_LIMIT')) return `refused here: ${code}`;
  const { documents, refused, values } = readWithYaml(text);
  const own = [...codes].filter((code) => !plainRefusals.has(code));
  if (codes.size > 0 && refused !== undefined) return 'refused by both';
  const reasons = reasonsIn(documents);
  if (foreignDirective.test(text)) reasons.add('YAML_DIRECTIVE');
  const baseless = own.find((code) => !reasons.has(code));
  if (own.length > 0 && baseless === undefined) return `refused here: ${own.sort()[0]}`;
  const here = plain(value);
  if (codes.size === 0 && !refused && isDeepStrictEqual([here], values.length === 0 ? [null] : values)) {
    const [reason] = reasons;
    return reason === undefined ? 'equal' : `unexplained: accepted in spite of ${reason}`;
  }
  const isScalar = (codes.size === 0 && isScalarRoot(here)) || values?.some(isScalarRoot) === true;
  const isBlank = codes.size === 0 && !refused && withoutBlanks([here]) === withoutBlanks(values);
  const found = known.find(
    (one) =>
      one.text.test(text) &&
      (one.isScalar === undefined || isScalar) &&
      (one.isBlank === undefined || isBlank) &&
      (one.refuses === undefined || one.refuses.test(refused ?? '')) &&
      (one.problem === undefined || problems.some(({ message }) => one.problem.test(message))),
  );
  if (found !== undefined) return `parsers differ: ${found.name}`;
  return `unexplained: ${codes.size > 0 ? [...codes].sort().join(' ') : 'accepted'} here, ${refused ?? (codes.size > 0 ? 'accepted' : 'another value')} there`;
}

/** True unless our reading and that of js-yaml, whose events it is made of, disagree about an accepted text. */
function isAsJsYamlHasIt(text, { value, problems }) {
  if (problems.length > 0) return true;
  const { values } = readWithJsYaml(text);
  return values !== undefined && isDeepStrictEqual([plain(value)], values.length === 0 ? [null] : values);
}

/** Compares `rounds` made-up texts: how many of each class, and those that nothing explains. */
export function compareAll(parseDocument, rounds, seed) {
  const texts = createTexts(createRandom(seed));
  const counts = new Map();
  const unexplained = [];
  for (let round = 0; round < rounds; round += 1) {
    const text = texts.next();
    const parsed = parseDocument(text);
    const found = isAsJsYamlHasIt(text, parsed)
      ? compareReadings(text, parsed)
      : 'unexplained: js-yaml reads another value';
    counts.set(found, (counts.get(found) ?? 0) + 1);
    if (found.startsWith('unexplained'))
      unexplained.push(`round ${round}: ${found}\n${JSON.stringify(text)}`);
  }
  return { counts, unexplained };
}
