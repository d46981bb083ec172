import { describe, expect, it } from 'vitest';
import type { Finding, Severity } from '../../src/model/diagnostic.ts';
import { renderAnnotations } from '../../src/output/github.ts';
import type { CheckedEntry } from '../../src/output/shown-file.ts';

const base: Finding = {
  code: 'RULE_TARGET_UNKNOWN',
  severity: 'error',
  message: 'no task `b`',
  line: 3,
  column: 7,
  end_line: 3,
  end_column: 13,
};

function file(path: string, ...diagnostics: readonly Finding[]): CheckedEntry {
  return { path, ref: null, state: 'invalid', diagnostics };
}

const linesOf = (...files: readonly CheckedEntry[]): string[] =>
  renderAnnotations(files, false).trimEnd().split('\n');

/** What the runner makes of a command: its properties and its message, as the toolkit documents it. */
function read(line: string): Record<string, string> {
  const [, command = '', properties = '', data = ''] = /^::(\w+) (.*?)::(.*)$/s.exec(line) ?? [];
  const plain = (text: string): string =>
    text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%3A', ':').replaceAll('%2C', ',');
  const pairs = properties.split(',').map((pair): [string, string] => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), plain(pair.slice(at + 1)).replaceAll('%25', '%')];
  });
  return { ...Object.fromEntries(pairs), command, message: plain(data).replaceAll('%25', '%') };
}

describe('renderAnnotations', () => {
  it('gives each finding its place, its code as title, and its help in a line of its own', () => {
    expect(linesOf(file('packs/a.yaml', { ...base, help: 'add it' }))).toEqual([
      '::error file=packs/a.yaml,line=3,endLine=3,col=7,endColumn=13,title=RULE_TARGET_UNKNOWN::no task `b`%0Ahelp: add it',
      '1 error in 1 file (1 file checked)',
    ]);
  });

  it('leaves columns out of a range over several lines, and the end where none is known', () => {
    const [many = '', one = ''] = linesOf(
      file(
        'a',
        { ...base, end_line: 5 },
        { code: 'PACK_DIR', severity: 'error', message: 'm', line: 1, column: 1 },
      ),
    );
    expect(read(many)).not.toHaveProperty('col');
    expect(read(many)).toMatchObject({ line: '3', endLine: '5' });
    expect(read(one)).toMatchObject({ line: '1', endLine: '1', col: '1' });
    expect(read(one)).not.toHaveProperty('endColumn');
  });

  it('tells errors first, then warnings, then notes, whatever file they are in', () => {
    const of = (severity: Severity): Finding => ({ ...base, severity });
    const lines = linesOf(
      file('a', of('info'), of('warning')),
      file('b', of('warning'), of('error')),
      file('c'),
    );
    expect(lines.slice(0, -1).map((line) => [read(line)['command'], read(line)['file']])).toEqual([
      ['error', 'b'],
      ['warning', 'a'],
      ['warning', 'b'],
      ['notice', 'a'],
    ]);
    expect(lines.at(-1)).toBe('1 error, 2 warnings, 1 note in 2 files (3 files checked)');
  });

  it.each([
    ['a message that ends the line and begins a command', 'x\n::error::y', 'a.yaml'],
    ['carriage returns and per cent signs', '100%\r%0A %3A %2C', 'a.yaml'],
    ['a path with every separator', 'x', 'a,b=c::d%0Ae\nf:g.yaml'],
  ])('lets no text of an author become a command: %s', (_, message, path) => {
    const lines = linesOf(file(path, { ...base, message }));
    expect(lines).toHaveLength(2);
    expect(read(lines[0] ?? '')).toMatchObject({ command: 'error', file: path, line: '3', message });
  });

  it('lets no control character through', () => {
    const [line = ''] = linesOf(file('a\u001b', { ...base, message: 'a\u001b[2J\u202eb', help: '\u0007' }));
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(line).toContain('a\\u001b[2J\\u202eb');
  });

  it('says when there are more of a kind than are shown', () => {
    const many = (number: number): string | undefined =>
      linesOf(file('a', ...Array.from({ length: number }, () => base))).at(-1);
    expect(many(10)).toBe('10 errors in 1 file (1 file checked)');
    expect(many(11)).toBe(
      '11 errors in 1 file (1 file checked); annotations are shown for the first 10 of each kind',
    );
  });

  it('is silent when told to be and nothing is wrong', () => {
    expect(renderAnnotations([file('a')], true)).toBe('');
    expect(renderAnnotations([file('a')], false)).toBe('no problems (1 file checked)\n');
    expect(renderAnnotations([file('a', base)], true)).toContain('1 error');
  });
});
