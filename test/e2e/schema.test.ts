// `schema`: what it prints is one JSON document, whoever asks.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printedSchema, printedSchemas } from '../../src/language/schema/printed.ts';
import { createSite, type Site } from '../support/site.ts';

describe('schema', () => {
  let site: Site;
  let cleanUp: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    site = await createSite(
      (act) => {
        cleanUp = act;
      },
      { database: 'none' },
    );
  });
  afterAll(() => cleanUp?.());

  it('prints the schema of one kind of file, and all of them without a name', async () => {
    const one = await site.run(['schema', 'pack']);
    expect(one).toMatchObject({ code: 0, stderr: '' });
    expect(one.stdout).toBe(`${JSON.stringify(printedSchema('pack'), null, 2)}\n`);
    const all = await site.run(['schema', '--format', 'json']);
    expect(all).toMatchObject({ code: 0, stderr: '' });
    expect(all.stdout).toBe(`${JSON.stringify(printedSchemas())}\n`);
  });

  it.each([
    [['schema', 'workflwo'], 'did you mean workflow?'],
    [['schema', 'manifest'], 'give one of workflow, action, pack, or none for all'],
    [['schema', 'pack', 'action'], 'too many arguments'],
    [['schema', '--settle-ms', '5'], "unknown option '--settle-ms'"],
  ])('exits 64 for %j', async (args, words) => {
    const finished = await site.run(args);
    expect(finished).toMatchObject({ code: 64, stdout: '' });
    expect(finished.stderr).toContain(words);
  });
});
