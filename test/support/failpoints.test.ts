// The failpoints as such: comments in src/ and in dist/, calls in the copy.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFailpoint, failpointNames, instrument, parseFailpoints } from './failpoints.mjs';

const project = new URL('../../', import.meta.url).pathname;

/** What `pattern` captures in the files below a directory, sorted. */
function found(directory: string, ending: string, pattern: RegExp): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .flatMap((path) => [...readFileSync(join(directory, path), 'utf8').matchAll(pattern)])
    .map(([, name]) => name as string)
    .sort();
}

const comments = /failpoint: ?(.*)$/gm;
const expected = [...failpointNames].sort();

describe('failpoints', () => {
  it('are the listed ones, each once, in src/ as in dist/', () => {
    expect(found(join(project, 'src'), '.ts', comments)).toEqual(expected);
    expect(found(join(project, 'dist'), '.js', comments)).toEqual(expected);
  });

  it('are calls in the copy, all of them and nowhere else', () => {
    const directory = mkdtempSync(join(tmpdir(), 'pw-failpoints-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    instrument(directory);
    const calls = /^\s*globalThis\.packwatchFailpoint\("(.*)"\);$/gm;
    expect(found(join(directory, 'dist'), '.js', calls)).toEqual(expected);
    expect(found(join(project, 'dist'), '.js', /(packwatchFailpoint)/g)).toEqual([]);
  });

  it('strike at the passing that was asked for, and only then', () => {
    const pass = createFailpoint(parseFailpoints('apply.begin:2:throw'));
    pass('apply.begin');
    pass('pass.done');
    expect(() => pass('apply.begin')).toThrowError(expect.objectContaining({ code: 'EFAILPOINT' }));
    pass('apply.begin');
  });

  it.each(['apply.begin', 'apply.begin:0:kill', 'apply.begin:1:die', 'apply:1:kill'])('refuse %s', (text) => {
    expect(() => parseFailpoints(text)).toThrow('FAILPOINT');
  });
});
