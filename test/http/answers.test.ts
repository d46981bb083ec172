// Answers that are given again while their tag stands, and only then.
import { afterEach, describe, expect, it } from 'vitest';
import { createAnswers } from '../../src/http/answers.ts';
import { createFakeCatalog, detail, summary } from '../support/fake-catalog.ts';
import { openApp } from '../support/http-app.ts';

const finishers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const act of finishers.splice(0)) await act();
});

/** A catalogue whose marks, tags and labels are as they are set; `reads` counts what reads more than a tag, `tags` those read of one workflow. */
function openChanging() {
  const now = { mark: 'm' as string | undefined, tag: 'a'.repeat(24), label: 'first', reads: 0, tags: 0 };
  const read = <T>(value: T): Promise<T> => {
    now.reads += 1;
    return Promise.resolve(value);
  };
  const { queries } = createFakeCatalog({
    listWorkflows: () => read({ items: [{ ...summary, label: now.label }], totalItems: 1, tag: now.tag }),
    catalogTag: async () => now.tag,
    getWorkflow: () =>
      read({
        ...{ kind: 'found', sourceText: `label: ${now.label}\n`, tag: now.tag },
        workflow: { ...detail, label: now.label },
      }),
    workflowTag: async () => {
      now.tags += 1;
      return now.tag;
    },
    mark: async () => now.mark,
  });
  const { app, get } = openApp({ queries });
  finishers.push(() => app.close());
  const change = () => Object.assign(now, { mark: 'n', tag: 'b'.repeat(24), label: 'second' });
  return { now, app, get, change };
}

describe.each(['/api/v1/workflows?page=1', '/api/v1/workflows/ops.page'])('GET %s', (url) => {
  it('reads the tag alone while it stands, and answers byte for byte the same', async () => {
    const { now, get } = openChanging();
    const [first, second] = [await get(url), await get(url)];
    expect(now.reads).toBe(1);
    expect(second.payload).toBe(first.payload);
    const told = ['etag', 'content-type', 'content-length', 'vary', 'cache-control'];
    for (const name of told) expect(second.headers[name], name).toBe(first.headers[name]);
    expect(first.headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it('reads anew as soon as the tag is another one', async () => {
    const { now, get, change } = openChanging();
    const first = await get(url);
    change();
    const [second, third] = [await get(url), await get(url)];
    expect(second.payload).toContain('second');
    expect(third.payload).toBe(second.payload);
    expect(second.headers.etag).not.toBe(first.headers.etag);
    expect(now.reads).toBe(2);
  });

  it('gives HEAD the length of what GET is given, and 304 to who has it', async () => {
    const { app, get } = openChanging();
    const first = await get(url);
    const head = await app.inject({ method: 'HEAD', url });
    expect(head.headers['content-length']).toBe(first.headers['content-length']);
    expect(head.payload).toBe('');
    const etag = String(first.headers.etag);
    expect((await get(url, { 'if-none-match': etag })).statusCode).toBe(304);
  });
});

describe('GET of a workflow', () => {
  const url = '/api/v1/workflows/ops.page';

  it('reads not even the tag while nothing was committed', async () => {
    const { now, get } = openChanging();
    const { headers } = await get(url);
    for (let again = 0; again < 5; again += 1) {
      expect((await get(url)).statusCode).toBe(200);
      expect((await get(url, { 'if-none-match': String(headers.etag) })).statusCode).toBe(304);
    }
    expect(now).toMatchObject({ reads: 1, tags: 1 });
    now.mark = 'n';
    await get(url);
    expect(now).toMatchObject({ reads: 1, tags: 2 });
  });

  it('reads the tag each time where it cannot tell', async () => {
    const { now, get } = openChanging();
    now.mark = undefined;
    for (let again = 0; again < 4; again += 1) await get(url);
    expect(now).toMatchObject({ reads: 1, tags: 3 });
  });

  it('is another answer as YAML', async () => {
    const { get } = openChanging();
    await get(url);
    const yaml = await get(url, { accept: 'application/yaml' });
    expect(yaml.payload).toBe('label: first\n');
    expect((await get(url)).json().data.label).toBe('first');
    expect((await get(url, { accept: 'application/yaml' })).payload).toBe('label: first\n');
  });
});

describe('createAnswers', () => {
  const answer = (bytes: number) => ({ etag: '"x"', body: Buffer.alloc(bytes) });

  it('keeps those that were asked for last, within its bytes', () => {
    const answers = createAnswers(17_000);
    for (const address of ['/a', '/b', '/c', '/d', '/e', '/f', '/g', '/h'])
      answers.keep(address, answer(1_500));
    expect(answers.find('/a')).toBeDefined();
    answers.keep('/i', answer(1_500));
    expect(answers.find('/a')).toBeDefined();
    expect(answers.find('/b')).toBeUndefined();
  });

  it('forgets what an address answered before, also for one that is too large', () => {
    const answers = createAnswers(20_000);
    answers.keep('/a', answer(100));
    answers.keep('/a', answer(10_000));
    expect(answers.find('/a')).toBeUndefined();
  });

  it('counts what it drops and replaces', () => {
    const answers = createAnswers(20_000);
    for (let round = 0; round < 1_000; round += 1)
      answers.keep(`/${round % 7}`, answer(1_000 + (round % 500)));
    const found = Array.from({ length: 7 }, (_, at) => answers.find(`/${at}`));
    expect(found.every((one) => one !== undefined)).toBe(true);
  });
});
