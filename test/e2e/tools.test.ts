// What other programs do to a root: git switches branches in it, vim saves in it.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { manifestText, packFiles, workflowText } from '../support/pack-text.ts';
import { createSite, type Site } from '../support/site.ts';
import { registryOf } from './registry-rows.ts';

const run = promisify(execFile);
const vim = ['/usr/bin/vim', '/usr/local/bin/vim', '/opt/homebrew/bin/vim'].find((path) => existsSync(path));

const modes: readonly (readonly [string, readonly string[]])[] = [
  ['with events', ['--watch', 'events', '--rescan-s', '3600']],
  ['without events', ['--watch', 'off', '--rescan-s', '1']],
];

describe.each(modes)('a root that is a git work tree, %s', (_, args) => {
  it('ends as the branch that was checked out last', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    const registry = registryOf(site);
    const git = gitIn(site);
    await git('init', '-q', '-b', 'one');
    await site.saveAll(branchOne());
    await git('add', '.');
    await git('commit', '-qm', 'one');
    await git('checkout', '-qb', 'two');
    await git('rm', '-qr', 'alpha', 'beta/workflows/only_one.yaml');
    await site.saveAll(branchTwo());
    await git('add', '.');
    await git('commit', '-qm', 'two');
    await site.daemon([...args, '--prune-max', '100%']).ready();
    await registry.active('gamma.flow');
    for (let turn = 1; turn <= 20; turn += 1) {
      await git('checkout', '-q', turn % 2 === 1 ? 'one' : 'two');
      // Most switches come while the last one is still being taken in; every fifth is waited for.
      if (turn % 5 === 0)
        await registry.holds(async () => expect(await served(site)).toEqual(await onDisk(site)));
    }
    expect(await onDisk(site)).toHaveLength(23);
    const kept = await site.rows(
      "select id::text, ref from workflow_definition where ref like 'beta.flow%' order by ref",
    );
    await git('checkout', '-q', 'one');
    await registry.holds(async () => expect(await served(site)).toEqual(await onDisk(site)));
    expect(await onDisk(site)).toHaveLength(21);
    const after = await site.rows(
      "select id::text, ref from workflow_definition where ref like 'beta.flow%' order by ref",
    );
    expect(after).toEqual(kept);
    expect(await site.rows("select ref from workflow_definition where status = 'degraded'")).toEqual([]);
  });
});

describe.runIf(vim !== undefined)('vim', () => {
  it('saves in each of its three ways, and every save arrives', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    const registry = registryOf(site);
    await site.saveAll(packFiles('edited', { flow: workflowText({ x: 0 }) }));
    await site.daemon(['--watch', 'events', '--rescan-s', '3600', '--prune-max', '100%']).ready();
    const { id } = await registry.active('edited.flow');
    const file = site.at('edited/workflows/flow.yaml');
    let value = 0;
    for (const backupcopy of ['yes', 'no', 'auto']) {
      for (let save = 0; save < 4; save += 1) {
        value += 1;
        const edit = [`set backup writebackup backupcopy=${backupcopy}`, `%s/x: \\d\\+/x: ${value}/`, 'wq'];
        await run(vim ?? '', [
          '-u',
          'NONE',
          '-i',
          'NONE',
          '-es',
          ...edit.flatMap((one) => ['-c', one]),
          file,
        ]);
        expect(await readFile(file, 'utf8')).toContain(`x: ${value}\n`);
        const row = await registry.when('edited.flow', ({ definition }) => definition.vars?.['x'] === value);
        expect(row).toMatchObject({ id, status: 'active', revisions: value + 1 });
      }
    }
    // Backups and swap files are nobody's workflows.
    expect(
      await site.rows(
        "select path from pack_file where path not in ('edited/pack.yaml', 'edited/workflows/flow.yaml')",
      ),
    ).toEqual([]);
  });
});

function gitIn(site: Site) {
  const environment = { PATH: process.env['PATH'] ?? '', HOME: site.dir, GIT_CONFIG_GLOBAL: '/dev/null' };
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.org', '-c', 'commit.gpgsign=false'];
  return (...args: readonly string[]) => run('git', [...who, ...args], { cwd: site.root, env: environment });
}

function numbered(pack: string, count: number, x: number): Record<string, string> {
  const flows = Array.from(
    { length: count },
    (_, index) => [`flow${index}`, workflowText({ x: x + index })] as const,
  );
  return packFiles(pack, Object.fromEntries(flows));
}

function branchOne(): Record<string, string> {
  return {
    ...numbered('alpha', 10, 0),
    ...numbered('beta', 10, 0),
    'beta/workflows/only_one.yaml': workflowText(),
  };
}

/** `alpha` is gone, `beta` is changed, `gamma` is new and holds a file of `alpha`'s name. */
function branchTwo(): Record<string, string> {
  return {
    ...numbered('beta', 12, 100),
    ...numbered('gamma', 10, 0),
    'gamma/workflows/flow.yaml': workflowText(),
    'gamma/pack.yaml': manifestText('gamma'),
  };
}

/** `ref=x` of every workflow file, read from the disk by nothing but its text. */
async function onDisk(site: Site): Promise<readonly string[]> {
  const names = await readdir(site.root, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => /^[a-z]+\/workflows\/[a-z0-9_]+\.yaml$/.test(name));
  const lines = files.map(async (name) => {
    const text = await readFile(join(site.root, name), 'utf8');
    return `${name.replace('/workflows/', '.').replace('.yaml', '')}=${/x: (\d+)/.exec(text)?.[1]}`;
  });
  return (await Promise.all(lines)).sort();
}

async function served(site: Site): Promise<readonly string[]> {
  const rows = await site.rows(
    "select ref || '=' || (definition -> 'vars' ->> 'x') as line from served_workflow",
  );
  return rows.map(({ line }) => String(line)).sort();
}
