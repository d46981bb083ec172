// Files that are no text, no YAML, or YAML that a definition may not be.
import { describe, expect, it } from 'vitest';
import { checkFile } from '../../src/language/check-file.ts';
import { parseDocument } from '../../src/language/parse.ts';
import { check, marks } from './support.ts';

const encoder = new TextEncoder();
const bytesOf = (...parts: (string | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...encoder.encode(part)] : part)));
const ofBytes = (bytes: Uint8Array): string[] => marks(checkFile('workflow', bytes, { strict: false }));
const tail = '\nversion: 1.0.0\ntasks: [ { name: a, action: p.a } ]\n';

describe('bytes that are no text', () => {
  it.each([
    ['nothing', new Uint8Array(0), 'READ_EMPTY 1:1'],
    ['blanks', bytesOf(' \n\t\n'), 'READ_EMPTY 1:1'],
    ['comments', bytesOf('# one\n\n# two'), 'READ_EMPTY 1:1'],
    ['a document of nothing', bytesOf('---\n...\n'), 'READ_EMPTY 1:1'],
    ['null', bytesOf('~\n'), 'READ_EMPTY 1:1'],
    ['a byte order mark alone', bytesOf([0xef, 0xbb, 0xbf]), 'READ_EMPTY 1:1'],
    ['an archive', bytesOf([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]), 'READ_BINARY 1:1'],
    ['a NUL in text', bytesOf('ref: a\nlabel: "x', [0], '"\n'), 'READ_BINARY 1:1'],
    ['control characters', bytesOf([1, 2, 3, 4, 5, 6], 'ab'), 'READ_BINARY 1:1'],
    ['UTF-16 LE with a mark', bytesOf([0xff, 0xfe, 0x61, 0]), 'READ_UTF16 1:1'],
    ['UTF-16 BE with a mark', bytesOf([0xfe, 0xff, 0, 0x61]), 'READ_UTF16 1:1'],
    ['UTF-16 LE without', Uint8Array.from(Buffer.from('version: 1.0.0\n', 'utf16le')), 'READ_UTF16 1:1'],
    [
      'UTF-16 BE without',
      Uint8Array.from(Buffer.from('version: 1.0.0\n', 'utf16le').swap16()),
      'READ_UTF16 1:1',
    ],
    ['Latin-1', bytesOf('ref: a.b\nlabel: Caf', [0xe9], '\n'), 'READ_NOT_UTF8 2:11'],
    ['a cut character', bytesOf('é', [0xc3]), 'READ_NOT_UTF8 1:2'],
    ['a surrogate in UTF-8', bytesOf('x: ', [0xed, 0xa0, 0x80]), 'READ_NOT_UTF8 1:4'],
  ])('refuses %s', (_what, bytes, mark) => {
    expect(ofBytes(bytes)).toEqual([mark]);
  });

  it('reads a byte order mark and CRLF as nothing special', () => {
    const text = `\ufefflabel: "x"${tail}`.replaceAll('\n', '\r\n');
    const checked = check(text);
    expect(marks(checked)).toEqual([]);
    expect(checked.text).toBe(text.slice(1));
    expect(marks(check('version: 1.0.0\r\nnme: x\r\ntasks: [ { name: a, action: p.a } ]\r\n'))).toEqual([
      'SCHEMA_UNKNOWN_KEY? 2:1',
    ]);
  });
});

describe('YAML that is refused', () => {
  it.each([
    ['an unclosed bracket', 'x: [1\n', 'YAML_SYNTAX 1:4'],
    ['a tab', 'x:\n\ty: 1\n', 'YAML_SYNTAX 2:1'],
    ['a value with a colon', 'x: a: b\n', 'YAML_SYNTAX 1:4'],
    ['an unclosed quote', 'x: "abc\n', 'YAML_SYNTAX 1:4'],
    ['a list in a mapping', 'x: 1\n- a\n', 'YAML_SYNTAX 2:1'],
    ['10,000 brackets', `x: ${'['.repeat(10_000)}${']'.repeat(10_000)}\n`, 'YAML_DEPTH_LIMIT 1:67'],
    ['10,000 braces', '{a: '.repeat(10_000), 'YAML_DEPTH_LIMIT 1:257'],
    ['10,000 dashes', '- '.repeat(10_000), 'YAML_DEPTH_LIMIT 1:129'],
    ['10,000 question marks', '? '.repeat(10_000), 'YAML_DEPTH_LIMIT 1:129'],
    [
      '1,000 block mappings',
      Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      'YAML_DEPTH_LIMIT 65:65',
    ],
  ])('refuses %s and nothing else of the file', (_what, text, mark) => {
    const [code, position = ''] = mark.split(' ');
    const [line, column] = position.split(':').map(Number);
    const [finding, ...more] = check(text).findings;
    expect(more).toEqual([]);
    expect(finding?.code).toBe(code);
    // The parser stops one or two levels later than the limit, the check of the limit itself is exact.
    expect(finding?.line).toBeGreaterThanOrEqual(line ?? 0);
    expect((finding?.column ?? 0) - (column ?? 0)).toBeLessThanOrEqual(12);
  });

  it('allows 64 levels and not 65', () => {
    const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}\n`;
    expect(parseDocument(nested(64)).problems).toEqual([]);
    expect(parseDocument(nested(65)).problems.map(({ code }) => code)).toEqual(['YAML_DEPTH_LIMIT']);
  });

  it('counts the levels that an alias brings along', () => {
    const half = (levels: number, inner: string): string =>
      `${'['.repeat(levels)}${inner}${']'.repeat(levels)}`;
    expect(parseDocument(`a: &a ${half(31, 'x')}\nb: ${half(32, '*a')}\n`).problems).toEqual([]);
    const deep = parseDocument(`a: &a ${half(31, 'x')}\nb: ${half(33, '*a')}\n`);
    expect(deep.problems.map(({ code }) => code)).toEqual(['YAML_DEPTH_LIMIT']);
  });

  it('refuses an alias bomb without expanding it', () => {
    const level = (n: number): string =>
      `a${n}: &a${n} [${Array(9)
        .fill(n === 0 ? 'x' : `*a${n - 1}`)
        .join(', ')}]\n`;
    const bomb = Array.from({ length: 9 }, (_, n) => level(n)).join('');
    expect(check(bomb).findings.map(({ code }) => code)).toEqual(['YAML_NODE_LIMIT']);
  });

  it('allows 100 aliases and not 101', () => {
    const aliases = (count: number): string => `a: &a 1\nb: [${Array(count).fill('*a').join(', ')}]\n`;
    expect(parseDocument(aliases(100)).problems).toEqual([]);
    expect(parseDocument(aliases(101)).problems.map(({ code }) => code)).toEqual(['YAML_ALIAS_LIMIT']);
  });

  it('allows 50,000 values and not 50,001', () => {
    const values = (count: number): string => '- a\n'.repeat(count - 1);
    expect(parseDocument(values(50_000)).problems).toEqual([]);
    expect(parseDocument(values(50_001)).problems.map(({ code }) => code)).toEqual(['YAML_NODE_LIMIT']);
  });

  it.each([
    ['an alias inside its anchor', 'vars: { x: &a [ *a ] }', 'YAML_ALIAS_CYCLE 1:17'],
    ['an alias of nothing', 'vars: { x: *a }', 'YAML_ALIAS_UNKNOWN 1:12'],
    ['an alias before its anchor', 'vars: { x: *a, y: &a 1 }', 'YAML_ALIAS_UNKNOWN 1:12'],
    ['a key given twice', 'label: a\nlabel: b', 'YAML_DUPLICATE_KEY 2:1'],
    ['a key given twice, quoted', 'vars: { a: 1, "a": 2 }', 'YAML_DUPLICATE_KEY 1:15'],
    ['a merge key', 'vars: { <<: { a: 1 } }', 'YAML_MERGE_KEY 1:9'],
    ['__proto__', 'vars: { __proto__: { polluted: 1 } }', 'YAML_FORBIDDEN_KEY 1:9'],
    ['constructor', 'vars: { constructor: 1 }', 'YAML_FORBIDDEN_KEY 1:9'],
    ['prototype in quotes', 'vars: { "prototype": 1 }', 'YAML_FORBIDDEN_KEY 1:9'],
    ['a number as a key', 'vars: { 1: a }', 'YAML_KEY_NOT_STRING 1:9'],
    ['a boolean as a key', 'vars: { true: a }', 'YAML_KEY_NOT_STRING 1:9'],
    ['nothing as a key', 'vars: { ~: a }', 'YAML_KEY_NOT_STRING 1:9'],
    ['a list as a key', 'vars: { [a]: b }', 'YAML_KEY_NOT_STRING 1:9'],
    ['an unquoted template', 'vars: { x: {{ y }} }', 'YAML_KEY_NOT_STRING 1:12'],
    ['an unknown tag', 'vars: { x: !include a.yaml }', 'YAML_TAG 1:12'],
    ['a tag of YAML 1.1', 'vars: { x: !!binary aGk= }', 'YAML_TAG 1:12'],
    ['a tag on a mapping', 'vars: !!set { a: }', 'YAML_TAG 1:7'],
    ['a tag that does not fit', 'vars: { x: !!int abc }', 'YAML_TAG 1:12'],
    ['a float that is called an integer', 'vars: { x: !!int 1e3 }', 'YAML_TAG 1:12'],
    ['a NUL escape', 'vars: { x: "a\\0b" }', 'YAML_NUL 1:12'],
    ['a NUL escape in a key', 'vars: { "a\\x00": 1 }', 'YAML_NUL 1:9'],
    ['half a pair', 'vars: { x: "\\ud800" }', 'YAML_LONE_SURROGATE 1:12'],
    ['the other half', 'vars: { x: "\\udc00" }', 'YAML_LONE_SURROGATE 1:12'],
    ['2^53 + 1', 'vars: { x: 9007199254740993 }', 'YAML_UNSAFE_INTEGER 1:12'],
    ['2^53', 'vars: { x: -9007199254740992 }', 'YAML_UNSAFE_INTEGER 1:12'],
    ['a long hexadecimal', 'vars: { x: 0xffffffffffffffff }', 'YAML_UNSAFE_INTEGER 1:12'],
    ['infinity', 'vars: { x: -.inf }', 'YAML_NOT_FINITE 1:12'],
    ['not a number', 'vars: { x: .NaN }', 'YAML_NOT_FINITE 1:12'],
    ['1e400', 'vars: { x: 1e400 }', 'YAML_NOT_FINITE 1:12'],
  ])('refuses %s', (_what, line, mark) => {
    // The variable that could not be read may leave a name behind that breaks a rule: that is not of interest here.
    const found = marks(check(line + tail)).filter((entry) => entry.startsWith('YAML_'));
    expect(found).toEqual([mark]);
  });

  it.each([
    ['%YAML 1.1\n---', 'YAML_DIRECTIVE 1:1'],
    ['%YAML 2.0\n---', 'YAML_DIRECTIVE 1:1'],
    ['# first\n%TAG ! tag:x,2000:\n---', 'YAML_DIRECTIVE 2:1'],
    ['%FOO bar\n---', 'YAML_DIRECTIVE 1:1'],
    ['  %YAML 1.1\n---', 'YAML_DIRECTIVE 1:3'],
  ])('refuses the directive in %j', (head, mark) => {
    expect(marks(check(head + tail))).toEqual([mark]);
  });

  it('accepts what says nothing new', () => {
    expect(marks(check(`%YAML 1.2\n---${tail}`))).toEqual([]);
    expect(marks(check(`---${tail}...\n`))).toEqual([]);
    const tags =
      'vars: !!map { a: !!str 1, b: !!int 2, c: !!seq [ ], d: ! 3, e: !<tag:yaml.org,2002:bool> true, "<<": 1 }';
    const { problems, value } = parseDocument(tags);
    expect(problems).toEqual([]);
    expect(value).toEqual({ vars: { a: '1', b: 2, c: [], d: '3', e: true, '<<': 1 } });
  });

  it('refuses a second document where it begins', () => {
    expect(marks(check(`label: x${tail}---\nb: 1\n`))).toEqual(['YAML_MULTI_DOCUMENT 4:1']);
  });

  it('joins a pair of escapes into one character', () => {
    const checked = check(`label: "\\ud83d\\ude00"${tail}`);
    expect(checked.file).toMatchObject({ label: '😀' });
  });

  it('never touches a prototype', () => {
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      check(`vars: { ${key}: { polluted: true } }${tail}`);
      check(`${key}: { polluted: true }\nx: &a { ${key}: 1 }\ny: *a\n`);
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.prototype).not.toHaveProperty('polluted');
  });
});

describe('time', () => {
  /** Of processor time: the machine may be busy with other things. */
  const limitMs = 20_000;
  const full = (line: (n: number) => string): string => {
    const lines: string[] = [];
    for (let size = 0, n = 0; size < 1_048_000; n += 1) {
      const text = line(n);
      lines.push(text);
      size += text.length;
    }
    return lines.join('');
  };
  // Each takes 0.2 to 0.6 s on a quiet machine; with a quadratic check it takes minutes.
  it.each([
    ['unique keys', full((n) => `key${n}: ${n}\n`)],
    ['equal keys', full(() => 'a: 1\n')],
    ['unknown keys in tasks', `version: 1.0.0\ntasks:\n${full((n) => `- { name: n${n}, zz: 1 }\n`)}`],
    [
      'unknown targets',
      `version: 1.0.0\ntasks:\n${full((n) => `- { name: n${n}, action: a.b, join: 2, on_success: x${n} }\n`).slice(0, 400_000)}`,
    ],
    ['directives', full(() => '%X\n')],
    ['anchors', full((n) => `- &a${n} x\n`)],
    ['one long string', full(() => 'x')],
    ['one long comment', full(() => '# x\n')],
  ])('stays linear on 1 MiB of %s', (_what, text) => {
    const started = process.cpuUsage();
    expect(check(text).findings.length).toBeGreaterThan(0);
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1000).toBeLessThan(limitMs);
  });
});
