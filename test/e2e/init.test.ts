// `init`: a pack that is checked, watched and edited like any other from its first moment on.
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { printedSchema } from '../../src/language/schema/printed.ts';
import { runCommand } from '../support/daemon.ts';
import { createSite, type Site } from '../support/site.ts';
import { until } from '../support/wait.ts';

type Checked = { readonly files: { readonly diagnostics: { readonly code: string }[] }[] };

async function codes(site: Site, path: string): Promise<string[]> {
  const { files } = (await site.run(['check', path, '--format', 'json'])).json<Checked>();
  return files.flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code));
}

async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort();
}

describe('init', () => {
  it('writes a pack in which a strict check finds nothing, under whatever name', async ({
    onTestFinished,
  }) => {
    const site = await createSite(onTestFinished, { database: 'none' });
    const made = await site.run(['init', 'packs/ops']);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.stdout).toContain('├── pack.yaml ');
    expect(made.stdout).toMatch(/\n {2}packwatch check packs\/ops --strict\n {2}packwatch dev packs\n$/);
    expect(await site.run(['check', 'packs/ops', '--strict'])).toMatchObject({ code: 0 });
    await site.move('ops', 'other');
    expect(await codes(site, 'packs/other')).toEqual(['PACK_DIR']);
  });

  it('wires every file to a schema that lies in the pack', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished, { database: 'none' });
    const { path, files } = (await site.run(['init', 'packs/ops', '--format', 'json'])).json<{
      path: string;
      files: string[];
    }>();
    expect(path).toBe('packs/ops');
    expect(files).toEqual(await filesBelow(site.at('ops')));
    const wired: string[] = [];
    for (const file of files.filter((name) => /\.ya?ml$/.test(name))) {
      const text = await readFile(site.at(`ops/${file}`), 'utf8');
      const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
      wired.push(join(dirname(file), schema));
    }
    expect(new Set(wired)).toEqual(new Set(files.filter((name) => name.startsWith('.schema/'))));
    for (const name of ['workflow', 'action', 'pack'] as const) {
      const text = await readFile(site.at(`ops/.schema/${name}.json`), 'utf8');
      expect(JSON.parse(text)).toEqual(printedSchema(name));
    }
    const settings = JSON.parse(await readFile(site.at('ops/.vscode/settings.json'), 'utf8')) as object;
    const associations = (settings as Record<string, Record<string, string[]>>)['yaml.schemas'] ?? {};
    expect(Object.keys(associations).sort()).toEqual(
      files.filter((name) => name.startsWith('.schema/')).map((name) => `./${name}`),
    );
    execFileSync(process.execPath, ['--check', site.at('ops/actions/probe.mjs')]);
    expect(execFileSync(site.at('ops/actions/say.sh'), { input: 'text=a = b' }).toString()).toBe('a = b\n');
  });

  it('fills the empty directory that it is called in', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished, { database: 'none' });
    await mkdir(site.at('ops'));
    const made = await runCommand({ args: ['init', '.'], cwd: site.at('ops'), env: {} });
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.stdout).toMatch(/\n {2}packwatch check \. --strict\n {2}packwatch dev \.\.\n$/);
    expect(await site.run(['check', 'packs/ops', '--strict'])).toMatchObject({ code: 0 });
    expect((await readdir(site.root)).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe('a daemon that watches the parent', () => {
  it.each([false, true])(
    'takes the new pack in as one change; its directory was there: %s',
    async (isThere) => {
      let cleanUp: (() => Promise<void>) | undefined;
      const site = await createSite((act) => {
        cleanUp = act;
      });
      try {
        if (isThere) await mkdir(site.at('ops'));
        const daemon = site.daemon(['--rescan-s', '3600']);
        await daemon.ready();
        expect((await site.run(['init', 'packs/ops'])).code).toBe(0);
        const live = () =>
          site.rows(
            "select ref from workflow_definition where pack_ref = 'ops' and status = 'active' order by ref",
          );
        await until(async () => (await live()).length === 2, { what: 'both workflows of the new pack' });
        expect(await live()).toEqual([{ ref: 'ops.check_site' }, { ref: 'ops.check_sites' }]);
        const changes = await site.rows('select distinct version, verb from catalog_change');
        expect(changes).toEqual([{ version: expect.anything(), verb: 'registered' }]);
        expect(await site.rows("select path from pack_file where state <> 'valid'")).toEqual([]);
      } finally {
        await cleanUp?.();
      }
    },
  );
});
