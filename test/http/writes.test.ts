// What clients write over HTTP, over a real registry: statuses, headers, bodies, and what is refused before anything is looked at.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCatalog } from '../../src/store/catalog.ts';
import { openApp } from '../support/http-app.ts';
import { packText } from '../support/memory-pass.ts';
import { badFlow, flow } from '../support/pure-pass.ts';
import { archiveOf, createWrittenSite } from '../support/written-site.ts';

let site: Awaited<ReturnType<typeof createWrittenSite>>;
let app: ReturnType<typeof openApp>;
const looks: string[] = [];
let count = 0;
beforeAll(async () => {
  site = await createWrittenSite({ 'ops/pack.yaml': packText('ops'), 'ops/workflows/ours.yaml': flow(1) });
  await site.pass();
  app = openApp({
    queries: createCatalog(site.test.database),
    writes: site.writes,
    decisions: site.decisions,
    onDecision: (source) => looks.push(source),
    maxDefinitionBytes: 4096,
  });
});
afterAll(() => site.test.drop());

const yaml = { 'content-type': 'application/yaml' };
const gzip = { 'content-type': 'application/gzip' };
const all = '/api/v1/workflows';
const packs = '/api/v1/packs';
const nextRef = () => {
  count += 1;
  return `ops.n${count}`;
};
const text = (ref: string, x = 1) => flow(x, `# of ${ref}\nref: ${ref}\n`);
const post = (body: string, headers: Record<string, string> = yaml) => app.send('POST', all, body, headers);
const put = (ref: string, body: string, headers: Record<string, string> = {}) =>
  app.send('PUT', `${all}/${ref}`, body, { ...yaml, ...headers });
const drop = (ref: string, headers: Record<string, string> = {}) =>
  app.send('DELETE', `${all}/${ref}`, undefined, headers);
const problem = (response: { statusCode: number; json(): { code: string; status: number } }) => {
  const { status, code } = response.json();
  expect(status).toBe(response.statusCode);
  return `${status} ${code}`;
};

describe('a definition', () => {
  it('is created, shown as written, replaced and retired', async () => {
    const ref = nextRef();
    const created = await post(text(ref));
    expect([created.statusCode, created.headers['location']]).toEqual([201, `${all}/${ref}`]);
    expect(created.json().data).toMatchObject({
      ref,
      source: 'api',
      source_path: null,
      number: 1,
      on_disk: null,
    });
    expect((await app.get(`${all}/${ref}`, { accept: 'application/yaml' })).body).toBe(text(ref));
    const replaced = await put(ref, flow(2));
    expect([replaced.statusCode, replaced.json().data.number]).toEqual([200, 2]);
    expect(replaced.json()).toEqual((await app.get(`${all}/${ref}`)).json());
    const [revision] = (await app.get(`${all}/${ref}/revisions`)).json().data;
    expect(revision).toMatchObject({ number: 2, cause: 'api', served: true });
    looks.length = 0;
    const retired = await drop(ref);
    expect([retired.statusCode, retired.body, looks]).toEqual([204, '', ['root:here']]);
    expect(problem(await app.get(`${all}/${ref}`))).toBe('404 retired');
    expect((await post(text(ref))).json().data.id).toBe(created.json().data.id);
  });

  it('may be JSON, which is kept printed', async () => {
    const ref = nextRef();
    const definition = { ref, version: '1.0.0', tasks: [{ name: 'only', action: 'core.noop' }] };
    const created = await app.send('POST', all, { pack_ref: 'ops', definition });
    expect(created.statusCode).toBe(201);
    expect((await app.get(`${all}/${ref}`, { accept: 'application/yaml' })).body).toBe(
      `${JSON.stringify(definition, null, 2)}\n`,
    );
    const { ref: _, ...rest } = definition;
    const replaced = await app.send('PUT', `${all}/${ref}`, {
      definition: { ...rest, label: 'Said "so" \u2028 🙂' },
    });
    expect(replaced.json().data).toMatchObject({ ref, label: 'Said "so" \u2028 🙂' });
  });

  it('is refused with its diagnostics', async () => {
    const response = await post(`ref: ${nextRef()}\n${badFlow}`);
    expect(problem(response)).toBe('422 invalid_definition');
    expect(response.json().diagnostics[0]).toMatchObject({
      severity: 'error',
      path: 'body',
      code: 'YAML_SYNTAX',
    });
  });

  it.each([
    ['an unknown pack', () => post(text('nowhere.a')), '404 pack_not_found'],
    ['what is there', () => post(text('ops.n1')), '409 exists'],
    ['what a file defines', () => post(text('ops.ours')), '409 owned_by_file'],
    ['a change of what a file defines', () => put('ops.ours', flow(3)), '409 owned_by_file'],
    ['the end of what a file defines', () => drop('ops.ours'), '409 owned_by_file'],
    ['a change of nothing', () => put('ops.none', flow(3)), '404 not_found'],
    ['the end of nothing', () => drop('ops.none'), '404 not_found'],
    ['a change at no ref', () => put('NO%2e%2e%2fREF', flow(3)), '404 not_found'],
    ['another ref than the address', () => put('ops.n1', text('ops.n2')), '422 invalid_definition'],
    ['no body', () => app.send('POST', all), '415 unsupported_media_type'],
    [
      'another type',
      () => post(text('ops.x'), { 'content-type': 'text/plain' }),
      '415 unsupported_media_type',
    ],
    ['an archive', () => post('x', gzip), '415 unsupported_media_type'],
    ['too much', () => post(text('ops.x').padEnd(4097, '#')), '413 body_too_large'],
    ['an unknown key', () => app.send('POST', all, { definition: {}, packRef: 'ops' }), '422 invalid_body'],
    ['no definition', () => app.send('POST', all, { pack_ref: 'ops' }), '422 invalid_body'],
    ['a list', () => app.send('POST', all, { definition: [] }), '422 invalid_body'],
    ['no JSON', () => app.send('POST', all, '{', { 'content-type': 'application/json' }), '400 bad_request'],
    ['a key of the query', () => app.send('POST', `${all}?dry=1`, text('ops.x'), yaml), '422 invalid_query'],
    ['another method', () => app.app.inject({ method: 'PATCH', url: all }), '405 method_not_allowed'],
  ])('refuses %s', async (_, ask, expected) => {
    const before = await site.test.query('select version::integer from catalog_version');
    expect(problem(await ask())).toBe(expected);
    expect(await site.test.query('select version::integer from catalog_version')).toEqual(before);
  });

  it('names the file that owns it', async () => {
    expect((await put('ops.ours', flow(3))).json()).toMatchObject({
      ...{ source: 'root:here', path: 'ops/workflows/ours.yaml' },
      detail: 'ops.ours is defined by the file ops/workflows/ours.yaml of root:here; change it there',
    });
  });

  it('is not retired while it is protected, and the refusal says what to do', async () => {
    const ref = nextRef();
    await post(text(ref));
    await app.send('POST', `${all}/${ref}/protect`);
    const refused = await drop(ref);
    expect(problem(refused)).toBe('409 protected');
    expect(refused.json()).toMatchObject({ refs: [ref], detail: `${ref}: protected; unprotect first` });
  });

  it.each([
    ['printed far larger', { a: Array.from({ length: 900 }, () => [[[]]]) }, '413 body_too_large'],
    ['nested too deep', JSON.parse(`${'{"a":'.repeat(150)}1${'}'.repeat(150)}`), '422 invalid_body'],
  ])('as JSON is bounded: %s', async (_, definition, expected) => {
    const body = JSON.stringify({ definition });
    expect(body.length).toBeLessThan(20_000);
    const wide = openApp({ writes: site.writes, maxDefinitionBytes: 20_000 });
    const response = await wide.send('POST', `${all}/validate`, body, { 'content-type': 'application/json' });
    expect(problem(response)).toBe(expected);
  });

  it('with a number that JSON cannot hold is refused rather than changed', async () => {
    const body = '{"definition":{"ref":"ops.big","version":"1.0.0","vars":{"x":1e999}}}';
    expect(problem(await post(body, { 'content-type': 'application/json' }))).toBe('422 invalid_body');
  });
});

describe('validation', () => {
  it('answers without a registry', async () => {
    const { send } = openApp({ writes: site.writes });
    const good = await send('POST', `${all}/validate`, flow(1), yaml);
    expect([good.statusCode, good.json()]).toEqual([200, { data: { valid: true, diagnostics: [] } }]);
    const bad = await send('POST', `${all}/validate`, { definition: { version: '1.0.0' } });
    expect(bad.json().data).toMatchObject({
      valid: false,
      diagnostics: [{ code: 'SCHEMA_REQUIRED', path: 'body' }],
    });
  });
});

describe('If-Match', () => {
  it('lets a write pass that has seen what is there, and none that has not', async () => {
    const ref = nextRef();
    await post(text(ref));
    const tagNow = async () => String((await app.get(`${all}/${ref}`)).headers['etag']);
    const first = await tagNow();
    const replaced = await put(ref, flow(2), { 'if-match': first });
    expect([replaced.statusCode, replaced.headers['etag']]).toEqual([200, await tagNow()]);
    for (const stale of [first, 'garbage', '"', `W/${await tagNow()}`, '"x", "y"', '']) {
      expect(problem(await put(ref, flow(3), { 'if-match': stale }))).toBe('412 precondition_failed');
      expect(problem(await drop(ref, { 'if-match': stale }))).toBe('412 precondition_failed');
    }
    expect((await site.rowOf(ref))['last_number']).toBe(2);
    expect((await put(ref, flow(3), { 'if-match': `"x", ${await tagNow()}` })).statusCode).toBe(200);
    expect((await drop(ref, { 'if-match': '*' })).statusCode).toBe(204);
    expect(problem(await drop(ref, { 'if-match': '*' }))).toBe('404 retired');
  });
});

describe('a pack', () => {
  const files = (ref: string, x = 1) => ({ 'pack.yaml': packText(ref), 'workflows/a.yaml': flow(x) });
  const upload = (method: 'POST' | 'PUT', url: string, body: Buffer, headers: Record<string, string> = {}) =>
    app.send(method, url, body, { ...gzip, ...headers });

  it('is uploaded, replaced and retired', async () => {
    const created = await upload('POST', packs, archiveOf(files('up')));
    expect([created.statusCode, created.headers['location']]).toEqual([201, `${packs}/up`]);
    expect(created.json().data).toMatchObject({ ref: 'up', source: 'api', workflow_count: 1 });
    const replaced = await upload('PUT', `${packs}/up`, archiveOf(files('up', 2)));
    expect([replaced.statusCode, replaced.json()]).toEqual([200, (await app.get(`${packs}/up`)).json()]);
    const tag = String(replaced.headers['etag']);
    expect(tag).toBe((await app.get(`${packs}/up`)).headers['etag']);
    expect(problem(await app.send('DELETE', `${packs}/up`, undefined, { 'if-match': '"no"' }))).toBe(
      '412 precondition_failed',
    );
    looks.length = 0;
    const retired = await app.send('DELETE', `${packs}/up`, undefined, { 'if-match': tag });
    expect([retired.statusCode, looks]).toEqual([204, ['api']]);
    expect(problem(await app.get(`${all}/up.a`))).toBe('404 retired');
  });

  it.each([
    ['a root’s', () => upload('POST', packs, archiveOf(files('ops'))), '409 owned_by_root'],
    ['a root’s anew', () => upload('PUT', `${packs}/ops`, archiveOf(files('ops'))), '409 owned_by_root'],
    ['the end of a root’s', () => app.send('DELETE', `${packs}/ops`), '409 owned_by_root'],
    ['what is not there', () => upload('PUT', `${packs}/none`, archiveOf(files('none'))), '404 not_found'],
    ['the end of what is not there', () => app.send('DELETE', `${packs}/none`), '404 not_found'],
    [
      'another at this address',
      () => upload('PUT', `${packs}/none`, archiveOf(files('other'))),
      '422 invalid_pack',
    ],
    ['what is no archive', () => upload('POST', packs, Buffer.from('no')), '422 invalid_archive'],
    ['YAML', () => app.send('POST', packs, 'ref: x', yaml), '415 unsupported_media_type'],
    ['JSON', () => app.send('POST', packs, {}), '415 unsupported_media_type'],
    ['nothing', () => app.send('POST', packs), '415 unsupported_media_type'],
  ])('is refused: %s', async (_, ask, expected) => {
    expect(problem(await ask())).toBe(expected);
  });

  it('is refused with every problem of every file', async () => {
    const body = archiveOf({ ...files('bad'), 'workflows/a.yaml': badFlow, 'workflows/b.yaml': badFlow });
    const response = await upload('POST', packs, body);
    expect(problem(response)).toBe('422 invalid_pack');
    const paths = response.json().diagnostics.map(({ path }: { path: string }) => path);
    expect([...new Set(paths)]).toEqual(['bad/workflows/a.yaml', 'bad/workflows/b.yaml']);
  });

  it('is taken in while few others are', async () => {
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { send } = openApp({
      writes: {
        ...site.writes,
        async createPack() {
          await opened;
          return { outcome: 'refused', reason: 'archive', message: 'late' };
        },
      },
    });
    const first = [send('POST', packs, Buffer.from('1'), gzip), send('POST', packs, Buffer.from('2'), gzip)];
    await new Promise((resolve) => setTimeout(resolve, 50));
    const third = await send('POST', packs, Buffer.from('3'), gzip);
    expect([problem(third), third.headers['retry-after']]).toEqual(['503 busy', '2']);
    open();
    expect((await Promise.all(first)).map(problem)).toEqual(Array(2).fill('422 invalid_archive'));
    expect(problem(await send('POST', packs, Buffer.from('4'), gzip))).toBe('422 invalid_archive');
  });
});
