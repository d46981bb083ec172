// Packs by upload: all or nothing, what the next one replaces, and whose the pack is.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { packText } from '../support/memory-pass.ts';
import { dumpAll } from '../support/plans.ts';
import { action, badFlow, flow } from '../support/pure-pass.ts';
import { archiveOf, bytesOf, createWrittenSite, outcomeOf } from '../support/written-site.ts';

let site: Awaited<ReturnType<typeof createWrittenSite>>;
let count = 0;
let pack: string;
beforeAll(async () => {
  site = await createWrittenSite();
});
afterAll(() => site.test.drop());
beforeEach(() => {
  count += 1;
  pack = `pack${count}`;
});

const filesOf = (more: Readonly<Record<string, string>> = {}) => ({
  'pack.yaml': packText(pack),
  'workflows/a.yaml': flow(1),
  'actions/tool.yaml': 'entry_point: run.sh\n',
  ...more,
});
const post = async (files: Readonly<Record<string, string>>) =>
  outcomeOf(await site.writes.createPack(archiveOf(files)));
const put = async (files: Readonly<Record<string, string>>) =>
  outcomeOf(await site.writes.replacePack(pack, archiveOf(files), undefined));
const drop = async () => outcomeOf(await site.writes.retirePack(pack, undefined));
const postOne = async (name: string) =>
  outcomeOf(await site.writes.createWorkflow(bytesOf(flow(9, `ref: ${pack}.${name}\n`))));
const live = async () => {
  const rows = await site.test.query(
    `select ref from workflow_definition where pack_ref = $1 and status <> 'retired'
     union select ref from action where pack_ref = $1 and status <> 'retired' order by ref`,
    [pack],
  );
  return rows.map(({ ref }) => String(ref).slice(pack.length + 1));
};

describe('an uploaded pack', () => {
  it('is registered as a root’s would be, in one version', async () => {
    const before = await site.test.query('select version::integer from catalog_version');
    const graph = {
      'actions/run.yaml': action({ graph: 'graphs/run.yaml' }),
      'actions/graphs/run.yaml': flow(3),
    };
    expect(await post(filesOf(graph))).toBe('changed');
    expect(await live()).toEqual(['a', 'run', 'tool']);
    expect(await site.packOf(pack)).toMatchObject({
      source: 'api',
      source_path: pack,
      status: 'active',
      seen: true,
    });
    expect(await site.rowOf(`${pack}.run`)).toMatchObject({
      ...{ source: 'api', source_path: `${pack}/actions/graphs/run.yaml`, source_text: flow(3) },
    });
    expect(await site.fileOf(`${pack}/workflows/a.yaml`, 'api')).toMatchObject({
      state: 'valid',
      ref: `${pack}.a`,
    });
    const after = await site.test.query('select version::integer from catalog_version');
    expect(Number(after[0]?.['version'])).toBe(Number(before[0]?.['version']) + 1);
  });

  it('is replaced by the next: what it lacks is retired, what is alike is not written', async () => {
    await post(filesOf({ 'workflows/b.yaml': flow(2) }));
    const { id } = await site.rowOf(`${pack}.b`);
    const dump = await dumpAll(site.test);
    expect(await put(filesOf({ 'workflows/b.yaml': flow(2) }))).toBe('same');
    expect(await dumpAll(site.test)).toEqual(dump);
    expect(await put(filesOf({ 'workflows/c.yaml': flow(3) }))).toBe('changed');
    expect(await live()).toEqual(['a', 'c', 'tool']);
    expect(await site.fileOf(`${pack}/workflows/b.yaml`, 'api')).toEqual({});
    expect(await put(filesOf({ 'workflows/b.yaml': flow(2) }))).toBe('changed');
    expect(await site.rowOf(`${pack}.b`)).toMatchObject({ id, status: 'active', last_number: 1 });
    expect(await site.verbsOf(`${pack}.a`)).toEqual(['api registered 1']);
  });

  it('leaves alone what was written by itself', async () => {
    await post(filesOf());
    await postOne('single');
    await put({ 'pack.yaml': packText(pack) });
    expect(await live()).toEqual(['single']);
    expect(await put(filesOf())).toBe('changed');
    expect(await live()).toEqual(['a', 'single', 'tool']);
  });

  it('is refused whole where it claims what was written by itself', async () => {
    await post(filesOf());
    await postOne('single');
    const dump = await dumpAll(site.test);
    const files = filesOf({ 'workflows/single.yaml': flow(1), 'workflows/b.yaml': flow(1) });
    expect(await site.writes.replacePack(pack, archiveOf(files), undefined)).toMatchObject({
      reason: 'conflict',
      diagnostics: [{ code: 'REF_CONFLICT', path: `${pack}/workflows/single.yaml` }],
    });
    expect(await dumpAll(site.test)).toEqual(dump);
  });

  it('is refused whole with every problem of every file', async () => {
    const files = filesOf({
      'workflows/b.yaml': badFlow,
      'workflows/a.yml': flow(2),
      'actions/lost.yaml': action({ graph: 'nowhere.yaml' }),
      'workflows/Bad.yaml': flow(1),
    });
    const dump = await dumpAll(site.test);
    const result = await site.writes.createPack(archiveOf(files));
    const found =
      'diagnostics' in result ? result.diagnostics.map(({ path, code }) => `${path} ${code}`) : [];
    expect([...new Set(found)].map((one) => one.slice(pack.length + 1))).toEqual([
      'actions/lost.yaml REF_LINK_MISSING',
      'workflows/Bad.yaml REF_FORM',
      'workflows/a.yaml REF_CONFLICT',
      'workflows/a.yml REF_CONFLICT',
      'workflows/b.yaml YAML_SYNTAX',
    ]);
    expect(await dumpAll(site.test)).toEqual(dump);
  });

  it('is refused for its manifest, its other files told as well', async () => {
    const result = await site.writes.createPack(
      archiveOf({ 'pack.yaml': 'label: no ref\nversion: 1.0.0\n', 'workflows/b.yaml': badFlow }),
    );
    expect(result).toMatchObject({ reason: 'invalid' });
    const codes =
      'diagnostics' in result ? result.diagnostics.map(({ path, code }) => `${path} ${code}`) : [];
    expect(codes).toEqual(
      expect.arrayContaining(['pack/pack.yaml PACK_REF', 'pack/workflows/b.yaml YAML_SYNTAX']),
    );
  });

  it('is refused at the address of another', async () => {
    await post(filesOf());
    const other = { ...filesOf(), 'pack.yaml': packText('quite_other') };
    expect(await site.writes.replacePack(pack, archiveOf(other), undefined)).toMatchObject({
      reason: 'invalid',
      diagnostics: [{ code: 'REF_DIFFERS', path: 'quite_other/pack.yaml', line: 1 }],
    });
  });

  it('is retired with all that the API has in it, and comes back under its ids', async () => {
    await post(filesOf());
    await postOne('single');
    const { id } = await site.rowOf(`${pack}.a`);
    expect([await drop(), await drop(), await put(filesOf())]).toEqual(['changed', 'missing', 'missing']);
    expect([await live(), (await site.packOf(pack))['status']]).toEqual([[], 'retired']);
    expect(
      await site.test.query("select from pack_file where source = 'api' and pack_ref = $1", [pack]),
    ).toEqual([]);
    expect([await post(filesOf()), await post(filesOf())]).toEqual(['changed', 'exists']);
    expect(await site.rowOf(`${pack}.a`)).toMatchObject({ id, status: 'active' });
    expect(await live()).toEqual(['a', 'tool']);
  });

  it('is not replaced nor retired where that would retire what a person protects', async () => {
    await post(filesOf());
    await site.decisions.setOverlay(`${pack}.a`, 'protected');
    const dump = await dumpAll(site.test);
    const less = { 'pack.yaml': packText(pack) };
    expect(await site.writes.replacePack(pack, archiveOf(less), undefined)).toEqual({
      ...{ outcome: 'refused', reason: 'protected', refs: [`${pack}.a`] },
    });
    expect(await drop()).toBe('protected');
    expect(await dumpAll(site.test)).toEqual(dump);
    expect(await put(filesOf({ 'workflows/a.yaml': flow(4) }))).toBe('changed');
  });

  it('lets one of its workflows be replaced and retired by itself, as an edit of its file', async () => {
    const graph = {
      'actions/run.yaml': action({ graph: 'graphs/run.yaml' }),
      'actions/graphs/run.yaml': flow(3),
    };
    await post(filesOf(graph));
    const ref = `${pack}.a`;
    expect(outcomeOf(await site.writes.replaceWorkflow(ref, bytesOf(flow(5)), undefined))).toBe('changed');
    const row = await site.rowOf(ref);
    expect(row).toMatchObject({ source_path: `${pack}/workflows/a.yaml`, last_number: 2 });
    expect((await site.fileOf(`${pack}/workflows/a.yaml`, 'api'))['digest']).toBe(row['file_digest']);
    expect(await put(filesOf({ ...graph, 'workflows/a.yaml': flow(5) }))).toBe('same');
    expect(outcomeOf(await site.writes.retireWorkflow(ref, undefined))).toBe('changed');
    expect(await site.fileOf(`${pack}/workflows/a.yaml`, 'api')).toEqual({});
    const byAction = await site.writes.replaceWorkflow(`${pack}.run`, bytesOf(flow(5)), undefined);
    expect(byAction).toMatchObject({ reason: 'owned', source: 'api', path: `${pack}/actions/run.yaml` });
  });

  it('keeps a pin until its text is another', async () => {
    await post(filesOf());
    await put(filesOf({ 'workflows/a.yaml': flow(2) }));
    await site.decisions.rollBack(`${pack}.a`, 1);
    await put(filesOf({ 'workflows/a.yaml': flow(2), 'workflows/b.yaml': flow(1) }));
    expect((await site.rowOf(`${pack}.a`))['pinned_revision']).not.toBeNull();
    await put(filesOf({ 'workflows/a.yaml': flow(3) }));
    expect(await site.rowOf(`${pack}.a`)).toMatchObject({ pinned_revision: null, last_number: 3 });
  });
});

describe('a pack of a root', () => {
  it('is not uploaded over, and is taken over with its ids once it is retired', async () => {
    site.disk.write({ [`${pack}/pack.yaml`]: packText(pack), [`${pack}/workflows/a.yaml`]: flow(1) });
    // A root that becomes empty removes nothing.
    site.disk.write({ 'stays/pack.yaml': packText('stays') });
    await site.pass();
    const { id } = await site.rowOf(`${pack}.a`);
    const owned = { outcome: 'refused', reason: 'owned', ref: pack, source: 'root:here', path: pack };
    const dump = await dumpAll(site.test);
    expect(await site.writes.createPack(archiveOf(filesOf()))).toEqual(owned);
    expect(await site.writes.replacePack(pack, archiveOf(filesOf()), undefined)).toEqual(owned);
    expect(await site.writes.retirePack(pack, undefined)).toEqual(owned);
    expect(await dumpAll(site.test)).toEqual(dump);
    site.disk.remove(pack);
    await site.pass();
    expect(await post(filesOf())).toBe('changed');
    expect(await site.rowOf(`${pack}.a`)).toMatchObject({ id, source: 'api', status: 'active' });
    expect(await site.pass()).toMatchObject({ written: 0 });
  });

  it('waits for an upload of its ref to be retired, then takes it over with its ids', async () => {
    await post(filesOf());
    const mine = await site.rowOf(`${pack}.a`);
    site.disk.write({ [`${pack}/pack.yaml`]: packText(pack), [`${pack}/workflows/a.yaml`]: flow(7) });
    await site.pass();
    expect(await site.rowOf(`${pack}.a`)).toEqual(mine);
    expect(await site.fileOf(`${pack}/pack.yaml`)).toMatchObject({
      state: 'conflict',
      message: `the pack ref ${pack} belongs to api, which goes on serving`,
    });
    await drop();
    await site.pass();
    expect(await site.rowOf(`${pack}.a`)).toMatchObject({
      ...{ id: mine['id'], source: 'root:here', status: 'active', last_number: 2 },
    });
    expect(await site.packOf(pack)).toMatchObject({ source: 'root:here', status: 'active' });
  });
});
