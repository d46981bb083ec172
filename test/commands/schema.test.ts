// `schema`: what it prints is one JSON document, whoever asks.
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { printedSchema, printedSchemas } from '../../src/language/schema/printed.ts';
import { runInProcess } from '../support/run-in-process.ts';

const run = (...args: readonly string[]) => runInProcess(tmpdir(), ['schema', ...args]);

describe('schema', () => {
  it('prints the schema of one kind of file, and all of them without a name', async () => {
    expect(await run('pack')).toEqual({
      ...{ code: 0, stderr: '' },
      stdout: `${JSON.stringify(printedSchema('pack'), null, 2)}\n`,
    });
    expect(await run('--format', 'json')).toEqual({
      ...{ code: 0, stderr: '' },
      stdout: `${JSON.stringify(printedSchemas())}\n`,
    });
  });

  it.each([
    [['workflwo'], 'did you mean workflow?'],
    [['manifest'], 'give one of workflow, action, pack, or none for all'],
    [['pack', 'action'], 'too many arguments'],
    [['--settle-ms', '5'], "unknown option '--settle-ms'"],
    [['--format', 'sarif'], 'Allowed choices are text, json'],
  ])('exits 64 for %j', async (args, words) => {
    const refused = await run(...args);
    expect(refused).toMatchObject({ code: 64, stdout: '' });
    expect(refused.stderr).toContain(words);
  });
});
