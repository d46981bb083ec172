// The promise that the registry follows the disk, as a suite that runs with events and without any: same files, same rows.
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manifestText, packFiles, workflowText } from '../support/pack-text.ts';
import { createSite, type Site } from '../support/site.ts';
import { type Registry, registryOf } from './registry-rows.ts';

/** Each test has a pack of its own and they run at the same time: one daemon serves them all. */
export function describeConvergence(name: string, args: readonly string[]): void {
  describe.concurrent(name, () => {
    let site: Site;
    let registry: Registry;
    let cleanUp: (() => Promise<void>) | undefined;

    beforeAll(async () => {
      site = await createSite((act) => {
        cleanUp = act;
      });
      registry = registryOf(site);
      await site.saveAll(packFiles('anchor', { here: workflowText() }));
      // Removals are the subject; how many of them are held is another suite's.
      await site.daemon([...args, '--prune-max', '100%']).ready();
      await registry.active('anchor.here');
    });
    afterAll(() => cleanUp?.());

    /** A pack that is registered; answers the state of its workflow `flow`. */
    const given = async (pack: string, text = workflowText(), more: Record<string, string> = {}) => {
      await site.saveAll(packFiles(pack, { flow: text, ...more }));
      return registry.active(`${pack}.flow`);
    };

    it('changes the row when the file is saved', async () => {
      const before = await given('saved');
      await site.save('saved/workflows/flow.yaml', workflowText({ label: 'Second', x: 2 }));
      const after = await registry.when('saved.flow', ({ label }) => label === 'Second');
      expect(after).toMatchObject({
        id: before.id,
        status: 'active',
        revisions: 2,
        definition: { vars: { x: 2 } },
      });
      expect(after.revision).not.toBe(before.revision);
      expect(after.updated.getTime()).toBeGreaterThan(before.updated.getTime());
      await site.save('saved/workflows/flow.yaml', workflowText());
      const again = await registry.when('saved.flow', ({ revision }) => revision === before.revision);
      expect(again).toMatchObject({ id: before.id, revisions: 2 });
    });

    it('changes the row when the file is overwritten in place', async () => {
      const before = await given('inplace');
      await writeFile(site.at('inplace/workflows/flow.yaml'), workflowText({ x: 2 }));
      expect(await registry.when('inplace.flow', ({ revisions }) => revisions === 2)).toMatchObject({
        id: before.id,
        definition: { vars: { x: 2 } },
      });
    });

    it('moves a definition whose file moves inside its pack', async () => {
      const before = await given('moving');
      await site.move('moving/workflows/flow.yaml', 'moving/actions/workflows/flow.workflow.yaml');
      const path = 'moving/actions/workflows/flow.workflow.yaml';
      const after = await registry.when('moving.flow', ({ source_path }) => source_path === path);
      expect(after).toMatchObject({
        id: before.id,
        status: 'active',
        callable: 'active',
        revision: before.revision,
      });
      expect(after).toMatchObject({ revisions: 1, updated: before.updated });
      expect(await registry.verbs('moving.flow')).toEqual(['registered', 'moved']);
    });

    it('moves every definition of a pack whose directory is renamed', async () => {
      const before = await given('carried', workflowText(), { other: workflowText({ x: 5 }) });
      const other = await registry.active('carried.other');
      await site.move('carried', 'elsewhere');
      const after = await registry.when('carried.flow', ({ source_path }) =>
        source_path.startsWith('elsewhere/'),
      );
      expect(after).toEqual({ ...before, source_path: 'elsewhere/workflows/flow.yaml' });
      expect(await registry.workflow('carried.other')).toEqual({
        ...other,
        source_path: 'elsewhere/workflows/other.yaml',
      });
      expect(await registry.verbs('carried.flow')).toEqual(['registered', 'moved']);
      await registry.holds(async () => {
        const files = await site.rows("select path from pack_file where pack_ref = 'carried' order by path");
        expect(files.map(({ path }) => path)).toEqual([
          'elsewhere/pack.yaml',
          'elsewhere/workflows/flow.yaml',
          'elsewhere/workflows/other.yaml',
        ]);
      });
    });

    it('retires what is removed, and gives it the same id when it is back', async () => {
      const before = await given('removed', workflowText(), { stays: workflowText() });
      await site.remove('removed/workflows/flow.yaml');
      const gone = await registry.retired('removed.flow');
      expect(gone).toMatchObject({ id: before.id, callable: 'retired', revision: before.revision });
      expect(gone.retired_at).toBeInstanceOf(Date);
      expect(await site.rows("select from served_workflow where ref = 'removed.flow'")).toHaveLength(0);
      expect(await registry.workflow('removed.stays')).toMatchObject({ status: 'active' });
      await site.save('removed/workflows/flow.yaml', workflowText());
      expect(await registry.active('removed.flow')).toMatchObject({
        id: before.id,
        callable: 'active',
        revision: before.revision,
        revisions: 1,
        retired_at: null,
      });
    });

    it('retires a pack that is removed whole, and takes it up again', async () => {
      const before = await given('wiped', workflowText(), { other: workflowText() });
      await site.remove('wiped');
      await registry.retired('wiped.flow');
      await registry.retired('wiped.other');
      await registry.holds(async () => {
        expect(await site.rows("select status from pack where ref = 'wiped'")).toEqual([
          { status: 'retired' },
        ]);
        expect(await site.rows("select path from pack_file where dir = 'wiped'")).toEqual([]);
      });
      const after = await given('wiped', workflowText(), { other: workflowText() });
      expect(after.id).toBe(before.id);
      expect(await site.rows("select status from pack where ref = 'wiped'")).toEqual([{ status: 'active' }]);
    });

    it('registers a pack that is made file by file', async () => {
      await site.save('grown/workflows/first.yaml', workflowText());
      await registry.holds(async () => {
        const files = await site.rows("select diagnostics from pack_file where dir = 'grown'");
        expect(JSON.stringify(files)).toContain('PACK_NO_MANIFEST');
      });
      expect(await registry.workflow('grown.first')).toBeUndefined();
      await site.save('grown/pack.yaml', manifestText('grown'));
      await registry.active('grown.first');
      await site.save('grown/workflows/second.yaml', workflowText());
      await registry.active('grown.second');
      expect(
        JSON.stringify(await site.rows("select diagnostics from pack_file where dir = 'grown'")),
      ).not.toContain('PACK_');
    });

    it('takes note of a comment without a revision', async () => {
      const before = await given('remarked');
      await site.save('remarked/workflows/flow.yaml', workflowText({ comment: 'says nothing to a machine' }));
      const after = await registry.when('remarked.flow', ({ source_text }) =>
        source_text.startsWith('# says'),
      );
      expect(after).toEqual({ ...before, source_text: after.source_text });
      expect(await registry.verbs('remarked.flow')).toEqual(['registered', 'touched']);
    });

    it('serves the last good revision while the file is broken', async () => {
      const before = await given('broken');
      await site.save('broken/workflows/flow.yaml', 'version: 1.0.0\ntasks: [\n');
      const broken = await registry.degraded('broken.flow');
      expect(broken).toEqual({ ...before, status: 'degraded', callable: 'degraded' });
      expect(await site.rows("select ref from served_workflow where ref = 'broken.flow'")).toHaveLength(1);
      const [file] = await site.rows(
        "select state, diagnostics from pack_file where path = 'broken/workflows/flow.yaml'",
      );
      expect(file).toMatchObject({ state: 'invalid', diagnostics: [{ code: 'YAML_SYNTAX' }] });
      await site.save('broken/workflows/flow.yaml', workflowText());
      expect(await registry.active('broken.flow')).toEqual(before);
      expect(await registry.verbs('broken.flow')).toEqual(['registered', 'degraded', 'recovered']);
    });

    it('serves the new revision when a broken file is mended by another one', async () => {
      const before = await given('mended');
      await site.save('mended/workflows/flow.yaml', 'tasks: 1\n');
      await registry.degraded('mended.flow');
      await site.save('mended/workflows/flow.yaml', workflowText({ x: 3 }));
      const after = await registry.active('mended.flow');
      expect(after).toMatchObject({ id: before.id, revisions: 2, definition: { vars: { x: 3 } } });
    });

    it('forgets a description that the file does not have any more', async () => {
      const before = await given('described', workflowText({ description: 'Says what it does' }));
      expect(before.description).toBe('Says what it does');
      await site.save('described/workflows/flow.yaml', workflowText());
      expect(await registry.when('described.flow', ({ description }) => description === null)).toMatchObject({
        id: before.id,
        revisions: 2,
      });
    });

    it('keeps an action and the graph behind it together', async () => {
      const action = (label: string) =>
        `ref: linked.flow\nlabel: ${label}\nworkflow_file: workflows/flow.workflow.yaml\n`;
      const graph = 'linked/actions/workflows/flow.workflow.yaml';
      await site.saveAll({
        'linked/pack.yaml': manifestText('linked'),
        'linked/actions/flow.yaml': action('First'),
        [graph]: workflowText(),
      });
      const before = await registry.active('linked.flow');
      expect(before).toMatchObject({ label: 'First', source_path: graph, callable: 'active' });
      await site.save('linked/actions/flow.yaml', action('Second'));
      const edited = await registry.when('linked.flow', ({ label }) => label === 'Second');
      expect(edited).toMatchObject({ id: before.id, revisions: 2 });
      await site.save(graph, 'version: 1.0.0\ntasks: [\n');
      expect(await registry.degraded('linked.flow')).toEqual({
        ...edited,
        status: 'degraded',
        callable: 'degraded',
      });
      await site.save(graph, workflowText());
      expect(await registry.active('linked.flow')).toEqual(edited);
    });
  });
}
