// The program without a database of one's own: it brings one, and never leaves it behind.
import { readdirSync, readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packFiles, workflowText } from '../support/pack-text.ts';
import { createSite } from '../support/site.ts';
import { until } from '../support/wait.ts';

/** Processes that live below this directory: a server's, and of those who look after it. */
function processesOf(dir: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => placeOf(pid).startsWith(`${dir}/`));
}

function placeOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return ''; // it ended meanwhile
  }
}

const hasProc = process.platform === 'linux';

describe.runIf(hasProc)('without a database', () => {
  it('starts one, loses it with a killed daemon, and starts again with everything', async ({
    onTestFinished,
  }) => {
    const site = await createSite(onTestFinished, { database: 'none' });
    await site.saveAll(packFiles('one', { flow: workflowText() }));
    const first = site.daemon(['--rescan-s', '3600']);
    await first.ready();
    expect(processesOf(site.dir).length).toBeGreaterThan(0);
    const before = (await first.get('/api/v1/workflows/one.flow')).json<{ data: object }>().data;
    expect(before).toMatchObject({ ref: 'one.flow', status: 'active' });
    first.kill('SIGKILL');
    await first.exited;
    await until(() => processesOf(site.dir).length === 0, { what: 'no server is left', limitMs: 5_000 });

    const second = site.daemon(['--rescan-s', '3600']);
    await second.ready();
    expect((await second.get('/api/v1/workflows/one.flow')).json<{ data: object }>().data).toEqual(before);
    expect(await second.metric('packwatch_files_parsed_total')).toBe(0);
    // Others use the server that runs.
    const planned = await site.run(['plan', '--format', 'json']);
    expect(planned.code).toBe(0);
    expect(planned.json()).toMatchObject({ unchanged: 1, parsed: 0 });
    expect((await second.stop()).code).toBe(0);
    await until(() => processesOf(site.dir).length === 0, { what: 'no server is left', limitMs: 5_000 });

    const alone = await site.run(['sync', '--format', 'json']);
    expect(alone.code).toBe(0);
    expect(alone.json()).toMatchObject({ parsed: 0, written: 0, unchanged: 1 });
    await until(() => processesOf(site.dir).length === 0, { what: 'no server is left', limitMs: 5_000 });
  });

  it('leaves with 0 and no server when it is stopped while the server starts', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished, { database: 'none' });
    const daemon = site.daemon();
    await until(() => processesOf(site.dir).length > 0 || daemon.hasExited(), {
      what: 'a server that starts',
      everyMs: 25,
    });
    daemon.kill('SIGTERM');
    expect(await daemon.exited).toEqual({ code: 0, signal: null });
    await until(() => processesOf(site.dir).length === 0, { what: 'no server is left', limitMs: 5_000 });
  });
});
