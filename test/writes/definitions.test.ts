// Definitions that clients write, beside passes over files: who a ref belongs to, what a write leaves alone, what its history says.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packText } from '../support/memory-pass.ts';
import { dumpAll } from '../support/plans.ts';
import { flow } from '../support/pure-pass.ts';
import { bytesOf, createWrittenSite, outcomeOf } from '../support/written-site.ts';

let site: Awaited<ReturnType<typeof createWrittenSite>>;
let count = 0;
let pack: string;
beforeAll(async () => {
  site = await createWrittenSite();
});
afterAll(() => site.test.drop());

/** A pack of the root with one workflow `ours`, and what a client says of another. */
async function nextPack(files: Readonly<Record<string, string>> = {}): Promise<void> {
  count += 1;
  pack = `pack${count}`;
  site.disk.write({ [`${pack}/pack.yaml`]: packText(pack), [`${pack}/workflows/ours.yaml`]: flow(1) });
  for (const [path, text] of Object.entries(files)) site.disk.write({ [`${pack}/${path}`]: text });
  await site.pass();
}

const text = (ref: string, x: number | string = 1, head = '') => flow(x, `${head}ref: ${ref}\n`);
const post = async (ref: string, x: number | string = 1) =>
  outcomeOf(await site.writes.createWorkflow(bytesOf(text(ref, x))));
const put = async (ref: string, x: number | string = 1, head = '') =>
  outcomeOf(await site.writes.replaceWorkflow(ref, bytesOf(flow(x, head)), undefined));
const drop = async (ref: string) => outcomeOf(await site.writes.retireWorkflow(ref, undefined));

describe('a definition of the API in a pack of a root', () => {
  it('is registered as written, and the pack stays the root’s', async () => {
    await nextPack();
    const before = await site.packOf(pack);
    expect(await post(`${pack}.theirs`)).toBe('changed');
    expect(await site.rowOf(`${pack}.theirs`)).toMatchObject({
      ...{ source: 'api', source_path: null, status: 'active', last_number: 1 },
      source_text: text(`${pack}.theirs`),
    });
    expect(await site.packOf(pack)).toEqual({ ...before, generation: Number(before['generation']) + 1 });
    const [action] = await site.test.query(
      'select a.source, a.entrypoint, a.status from action a where a.ref = $1 and a.workflow_def is not null',
      [`${pack}.theirs`],
    );
    expect(action).toEqual({ source: 'api', entrypoint: 'workflow', status: 'active' });
    const [revision] = await site.test.query(
      `select r.cause from workflow_revision r join workflow_definition w on w.id = r.workflow_definition where w.ref = $1`,
      [`${pack}.theirs`],
    );
    expect([revision, await site.verbsOf(`${pack}.theirs`)]).toEqual([
      { cause: 'api' },
      ['api registered 1'],
    ]);
  });

  it('costs the next pass nothing, and is never pruned by one', async () => {
    await nextPack();
    await post(`${pack}.theirs`);
    expect(await site.pass()).toMatchObject({ written: 0, parsed: 0 });
    site.disk.write({ [`${pack}/workflows/ours.yaml`]: flow(2) });
    await site.pass();
    site.disk.remove(`${pack}/workflows/ours.yaml`);
    await site.pass();
    expect([
      (await site.rowOf(`${pack}.ours`))['status'],
      (await site.rowOf(`${pack}.theirs`))['status'],
    ]).toEqual(['retired', 'active']);
  });

  it('keeps the pack’s row from retiring, until it is deleted itself', async () => {
    await nextPack();
    await post(`${pack}.theirs`);
    site.disk.remove(pack);
    await site.pass();
    expect([
      (await site.rowOf(`${pack}.ours`))['status'],
      (await site.rowOf(`${pack}.theirs`))['status'],
      (await site.packOf(pack))['status'],
    ]).toEqual(['retired', 'active', 'active']);
    expect(await site.pass()).toMatchObject({ written: 0 });
    expect(await drop(`${pack}.theirs`)).toBe('changed');
    await site.pass();
    expect((await site.packOf(pack))['status']).toBe('retired');
  });

  it('goes on in a pack of the API when its root is forgotten', async () => {
    count += 1;
    pack = `pack${count}`;
    site.otherDisk.write({ [`${pack}/pack.yaml`]: packText(pack), [`${pack}/workflows/ours.yaml`]: flow(1) });
    await site.passThere();
    await post(`${pack}.theirs`);
    await site.test.query("update source_lease set expires_at = now() where source = 'root:there'");
    expect(await site.decisions.forgetSource('root:there', 1)).toEqual({ outcome: 'done', retired: 1 });
    expect(await site.packOf(pack)).toMatchObject({ source: 'api', source_path: null, status: 'active' });
    expect([await put(`${pack}.theirs`, 2), await drop(`${pack}.theirs`)]).toEqual(['changed', 'changed']);
    expect(outcomeOf(await site.writes.retirePack(pack, undefined))).toBe('changed');
    expect((await site.packOf(pack))['status']).toBe('retired');
  });

  it('leaves to the next pass what was changed by hand', async () => {
    await nextPack();
    await site.test.query('delete from action where ref = $1', [`${pack}.ours`]);
    await post(`${pack}.theirs`);
    expect((await site.packOf(pack))['seen']).toBe(false);
    await site.pass();
    const [{ n } = { n: 0 }] = await site.test.query<{ n: number }>(
      'select count(*)::integer as n from action where ref = $1',
      [`${pack}.ours`],
    );
    expect([n, (await site.packOf(pack))['seen']]).toEqual([1, true]);
  });

  it('may be written where the manifest is bad', async () => {
    await nextPack();
    site.disk.write({ [`${pack}/pack.yaml`]: 'ref: [' });
    await site.pass();
    expect([await post(`${pack}.theirs`), (await site.packOf(pack))['status']]).toEqual([
      'changed',
      'degraded',
    ]);
  });

  it('needs a pack that is there', async () => {
    await nextPack();
    expect(await post('nowhere.theirs')).toBe('pack_missing');
    site.disk.remove(pack);
    await site.pass();
    expect(await post(`${pack}.theirs`)).toBe('pack_missing');
  });
});

describe('a ref', () => {
  it('of a file is refused to the API, with the file’s place', async () => {
    await nextPack();
    const owned = { outcome: 'refused', reason: 'owned', ref: `${pack}.ours`, source: 'root:here' };
    const path = `${pack}/workflows/ours.yaml`;
    const dump = await dumpAll(site.test);
    expect(await site.writes.createWorkflow(bytesOf(text(`${pack}.ours`)))).toEqual({ ...owned, path });
    expect(await site.writes.replaceWorkflow(`${pack}.ours`, bytesOf(flow(7)), undefined)).toEqual({
      ...owned,
      path,
    });
    expect(await site.writes.retireWorkflow(`${pack}.ours`, undefined)).toEqual({ ...owned, path });
    expect(await dumpAll(site.test)).toEqual(dump);
  });

  it('of a plain action of a file is refused too', async () => {
    await nextPack({ 'actions/tool.yaml': 'entry_point: run.sh\n' });
    expect([await post(`${pack}.tool`), await put(`${pack}.tool`), await drop(`${pack}.tool`)]).toEqual([
      'owned',
      'missing',
      'missing',
    ]);
  });

  it('of the API is refused to a file, and the API’s goes on, through edits of both', async () => {
    await nextPack();
    await post(`${pack}.both`);
    const mine = await site.rowOf(`${pack}.both`);
    const file = `${pack}/workflows/both.yaml`;
    site.disk.write({ [file]: flow(5) });
    await site.pass();
    expect(await site.rowOf(`${pack}.both`)).toEqual(mine);
    expect(await site.fileOf(file)).toMatchObject({
      state: 'conflict',
      message: `${pack}.both is already claimed by the api definition, which goes on serving`,
    });
    expect(await site.pass()).toMatchObject({ written: 0, parsed: 0 });
    expect(await put(`${pack}.both`, 2)).toBe('changed');
    site.disk.write({ [file]: flow(6) });
    await site.pass();
    expect(await site.rowOf(`${pack}.both`)).toMatchObject({ source: 'api', last_number: 2, id: mine['id'] });
    expect((await site.rowOf(`${pack}.ours`))['status']).toBe('active');
  });

  it('passes from the API to a file that waits for it, with its id and history', async () => {
    await nextPack();
    await post(`${pack}.both`);
    const { id } = await site.rowOf(`${pack}.both`);
    site.disk.write({ [`${pack}/workflows/both.yaml`]: flow(5) });
    await site.pass();
    await drop(`${pack}.both`);
    await site.pass();
    expect(await site.rowOf(`${pack}.both`)).toMatchObject({
      ...{
        id,
        source: 'root:here',
        source_path: `${pack}/workflows/both.yaml`,
        status: 'active',
        last_number: 2,
      },
    });
    expect((await site.fileOf(`${pack}/workflows/both.yaml`))['state']).toBe('valid');
    expect(await site.verbsOf(`${pack}.both`)).toEqual([
      'api registered 1',
      'root:here rejected 1',
      'api retired 1',
      'root:here registered 2',
    ]);
  });

  it('passes from a file that is gone to the API, with its id and history', async () => {
    await nextPack({ 'workflows/moves.yaml': flow(3) });
    const { id } = await site.rowOf(`${pack}.moves`);
    site.disk.remove(`${pack}/workflows/moves.yaml`);
    await site.pass();
    expect(await post(`${pack}.moves`, 4)).toBe('changed');
    expect(await site.rowOf(`${pack}.moves`)).toMatchObject({
      id,
      source: 'api',
      source_path: null,
      last_number: 2,
    });
    expect(await site.pass()).toMatchObject({ written: 0 });
  });
});

describe('what the API gives up', () => {
  const asked = async () => {
    const rows = await site.test.query(
      'select source, scan_requested::integer as n from source_lease order by source',
    );
    return Object.fromEntries(rows.map(({ source, n }) => [source, n]));
  };

  it('has the root scanned whose file waits for it, or whose pack it kept alone', async () => {
    await nextPack();
    for (const name of ['alone', 'both', 'last']) await post(`${pack}.${name}`);
    site.disk.write({ [`${pack}/workflows/both.yaml`]: flow(5) });
    await site.pass();
    const before = await asked();
    await drop(`${pack}.alone`);
    await put(`${pack}.both`, 3);
    expect(await asked()).toEqual(before);
    await drop(`${pack}.both`);
    const once = { ...before, 'root:here': Number(before['root:here']) + 1 };
    expect(await asked()).toEqual(once);
    site.disk.remove(pack);
    await site.pass();
    await drop(`${pack}.last`);
    expect(await asked()).toEqual({ ...once, 'root:here': Number(once['root:here']) + 1 });
  });
});

describe('a write', () => {
  it('follows the life of a definition: once there it exists, retired it is missing, and comes back with its id', async () => {
    await nextPack();
    const ref = `${pack}.life`;
    expect([await put(ref), await drop(ref)]).toEqual(['missing', 'missing']);
    expect([await post(ref), await post(ref, 2)]).toEqual(['changed', 'exists']);
    const { id } = await site.rowOf(ref);
    expect([await put(ref, 2), await drop(ref), await drop(ref), await put(ref)]).toEqual([
      'changed',
      'changed',
      'missing',
      'missing',
    ]);
    expect(await post(ref, 1)).toBe('changed');
    expect(await site.rowOf(ref)).toMatchObject({ id, status: 'active', last_number: 2 });
    expect(await site.verbsOf(ref)).toEqual([
      'api registered 1',
      'api updated 2',
      'api retired 2',
      'api registered 1',
    ]);
  });

  it('of what is there already writes nothing, of a comment no revision', async () => {
    await nextPack();
    const ref = `${pack}.same`;
    await post(ref);
    const same = text(ref);
    const dump = await dumpAll(site.test);
    expect(outcomeOf(await site.writes.replaceWorkflow(ref, bytesOf(same), undefined))).toBe('same');
    expect(await dumpAll(site.test)).toEqual(dump);
    expect(await put(ref, 1, '# why\n')).toBe('changed');
    expect(await site.rowOf(ref)).toMatchObject({ last_number: 1, source_text: flow(1, '# why\n') });
    expect((await site.verbsOf(ref)).at(-1)).toBe('api touched 1');
  });

  it('ends a pin, whatever it says', async () => {
    await nextPack();
    const ref = `${pack}.pinned`;
    await post(ref, 1);
    await put(ref, 2);
    for (const [x, verbs] of [
      [2, ['api unpinned 2', 'api updated 2']],
      [1, ['api unpinned 1']],
      [3, ['api unpinned 3', 'api updated 3']],
    ] as const) {
      await site.decisions.rollBack(ref, 1);
      const told = (await site.verbsOf(ref)).length;
      expect(await put(ref, x)).toBe('changed');
      expect(await site.rowOf(ref)).toMatchObject({ pinned_revision: null, source_text: flow(x) });
      expect((await site.verbsOf(ref)).slice(told)).toEqual(verbs);
      await put(ref, 2);
    }
  });

  it('does not retire what a person protects', async () => {
    await nextPack();
    const ref = `${pack}.safe`;
    await post(ref);
    await site.decisions.setOverlay(ref, 'protected');
    expect(await site.writes.retireWorkflow(ref, undefined)).toEqual({
      ...{ outcome: 'refused', reason: 'protected', refs: [ref] },
    });
    await site.decisions.setOverlay(ref, 'unprotected');
    expect(await drop(ref)).toBe('changed');
  });

  it('is refused with every problem, and changes nothing', async () => {
    await nextPack();
    await post(`${pack}.good`);
    const dump = await dumpAll(site.test);
    const bad = await site.writes.replaceWorkflow(
      `${pack}.good`,
      bytesOf('ref: other.name\nversion: 1.0.0\ntasks:\n  - name: a\n    timeout: "1"\n'),
      undefined,
    );
    expect(bad).toMatchObject({ outcome: 'refused', reason: 'invalid' });
    const codes = 'diagnostics' in bad ? bad.diagnostics.map(({ code, line }) => `${code} ${line}`) : [];
    expect(codes).toEqual(expect.arrayContaining(['SCHEMA_TYPE 5', 'REF_DIFFERS 1']));
    expect(await dumpAll(site.test)).toEqual(dump);
  });

  it.each([
    ['no ref', flow(1), 'REF_FORM'],
    ['a ref without a pack', text('alone'), 'REF_FORM'],
    ['two dots', text('a.b.c'), 'REF_FORM'],
    ['a pack of 65 characters', text(`${'p'.repeat(65)}.a`), 'REF_FORM'],
    ['no text', '', 'READ_EMPTY'],
  ])('is refused for %s', async (_, body, code) => {
    const result = await site.writes.createWorkflow(bytesOf(body));
    expect(result).toMatchObject({ reason: 'invalid', diagnostics: [{ code, path: 'body' }] });
  });

  it('is refused when it names another pack beside', async () => {
    const given = { ...bytesOf(text('ops.a')), packRef: 'store' };
    expect(await site.writes.createWorkflow(given)).toMatchObject({ diagnostics: [{ code: 'REF_DIFFERS' }] });
  });
});

describe('validation', () => {
  it('says what a write would be refused for, and takes a text without a ref', async () => {
    expect(await site.writes.validate(bytesOf(flow(1)))).toEqual({ valid: true, diagnostics: [] });
    expect(await site.writes.validate(bytesOf(text('Nope')))).toMatchObject({
      ...{ valid: false, diagnostics: [{ code: 'REF_FORM', line: 1 }] },
    });
    expect(await site.writes.validate(bytesOf('tasks: ['))).toMatchObject({ valid: false });
  });
});
