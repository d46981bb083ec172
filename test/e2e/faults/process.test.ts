// Signals and faults of the process: what it does when it is stopped, frozen, told to look again, or broken.
import { chmod, writeFile } from 'node:fs/promises';
import { Agent, get as httpGet } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Daemon } from '../../support/daemon.ts';
import { openGate } from '../../support/gate.ts';
import { packFiles, workflowText } from '../../support/pack-text.ts';
import { createSite, type Site } from '../../support/site.ts';
import { eventually } from '../../support/wait.ts';
import { registryOf } from '../registry-rows.ts';

const leaseOf = async (site: Site) =>
  (await site.rows("select holder, expires_at = '-infinity' as over from source_lease"))[0];

/** Goes on until it is told to end; a breath between two rounds leaves the processor to the daemon. */
function repeat(act: (round: number) => Promise<void>, everyMs: number): { end(): Promise<void> } {
  let isOver = false;
  const work = (async () => {
    for (let round = 1; !isOver; round += 1) {
      await act(round);
      await sleep(everyMs);
    }
  })();
  return {
    end() {
      isOver = true;
      return work;
    },
  };
}

/** A request over connections that are kept; what comes of it does not matter. */
function ask(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve) => {
    httpGet(`${url}/api/v1/workflows`, { agent }, (answer) => {
      answer.on('error', () => resolve()).on('close', () => resolve());
      answer.resume();
    }).on('error', () => resolve());
  });
}

describe.concurrent('SIGTERM', () => {
  it('ends it under load with exit 0 and the lease given back', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    onTestFinished(() => agent.destroy());
    await site.saveAll(packFiles('one', { a: workflowText(), b: workflowText() }));
    const edits = repeat(
      (x) => site.save(`one/workflows/${x % 2 ? 'a' : 'b'}.yaml`, workflowText({ x })),
      15,
    );
    onTestFinished(edits.end);
    for (const afterMs of [0, 50, 300]) {
      const daemon = site.daemon(['--rescan-s', '1']);
      const url = await daemon.url();
      const requests = Array.from({ length: 4 }, () => repeat(() => ask(url, agent), 5));
      await sleep(afterMs);
      const { code, signal, tookMs } = await daemon.stop();
      expect({ code, signal }).toEqual({ code: 0, signal: null });
      expect(tookMs).toBeLessThan(10_000);
      expect(await leaseOf(site)).toEqual({ holder: null, over: true });
      expect(daemon.log.filter(({ level }) => level === 'error' || level === 'text')).toEqual([]);
      await Promise.all(requests.map((one) => one.end()));
    }
  });

  it('ends it in time when the database does not answer', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    const gate = await openGate(site.database());
    onTestFinished(() => gate.shut());
    await site.saveAll(packFiles('one', { a: workflowText() }));
    const daemon = site.daemon([], { env: { DATABASE_URL: gate.url } });
    await daemon.ready();
    gate.silence();
    await site.save('one/workflows/a.yaml', workflowText({ x: 2 }));
    const { code, tookMs } = await daemon.stop();
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(10_000);
  });

  it('sent again, ends it at once', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    const end = async (signals: number) => {
      const daemon = site.daemon();
      const url = new URL(await daemon.url());
      // A request that never gets complete holds the stop up.
      const socket = connectSocket(Number(url.port), url.hostname).on('error', () => undefined);
      onTestFinished(() => void socket.destroy());
      socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n');
      await daemon.get('/livez');
      const begunMs = performance.now();
      daemon.kill('SIGTERM');
      if (signals === 2) {
        await daemon.logged(({ msg }) => msg === 'stopping');
        daemon.kill('SIGTERM');
      }
      return { ...(await daemon.exited), tookMs: performance.now() - begunMs };
    };
    const once = await end(1);
    const twice = await end(2);
    expect([once.code, twice.code]).toEqual([0, 0]);
    expect(once.tookMs).toBeGreaterThan(1_900);
    expect(twice.tookMs).toBeLessThan(1_500);
  });
});

describe.concurrent('SIGSTOP', () => {
  it('costs the lease, never a second write: it stands by and leads again when the other is gone', async ({
    onTestFinished,
  }) => {
    const site = await createSite(onTestFinished);
    const registry = registryOf(site, 30_000);
    const save = (x: number) => site.save('one/workflows/a.yaml', workflowText({ x }));
    const served = (x: number) => registry.when('one.a', ({ revisions }) => revisions === x, `at ${x}`);
    const leads = (daemon: Daemon, from = 0) =>
      daemon.logged(({ msg }) => msg === 'leading this source', { from });
    await site.saveAll(packFiles('one', { a: workflowText({ x: 1 }) }));
    const frozen = site.daemon(['--rescan-s', '1']);
    await frozen.ready();
    const other = site.daemon(['--rescan-s', '1']);
    await other.ready();
    const written = () => frozen.metric('packwatch_rows_written_total');
    const before = await written();
    const logged = frozen.log.length;
    frozen.kill('SIGSTOP');
    await save(2);
    await leads(other);
    await served(2);
    frozen.kill('SIGCONT');
    // It has seen this file and the one before as well, and may think for a moment that it still leads.
    await save(3);
    await frozen.logged(({ msg }) => msg.startsWith('another daemon leads'), { from: logged });
    await served(3);
    await save(4);
    await served(4);
    expect(await written()).toBe(before);
    expect((await other.stop()).code).toBe(0);
    await leads(frozen, logged);
    await save(5);
    await served(5);
    const numbers = await site.rows('select number from workflow_revision order by number');
    expect(numbers.map(({ number }) => Number(number))).toEqual([1, 2, 3, 4, 5]);
    expect(await registry.verbs('one.a')).toEqual(['registered', 'updated', 'updated', 'updated', 'updated']);
  });
});

describe.concurrent('SIGHUP', () => {
  const token = (letter: string) => letter.repeat(40);

  it('looks at everything again and takes the tokens anew', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    const tokens = join(site.dir, 'tokens');
    const write = (text: string, mode = 0o600) => writeFile(tokens, text).then(() => chmod(tokens, mode));
    await write(`ci:read:${token('a')}\n`);
    await site.saveAll(packFiles('one', { a: workflowText() }));
    const daemon = site.daemon(['--watch', 'off', '--rescan-s', '3600', '--token-file', tokens]);
    await daemon.ready();
    const statusOf = async (letter: string) =>
      (await daemon.get('/api/v1/packs', { authorization: `Bearer ${token(letter)}` })).status;
    expect([await statusOf('a'), await statusOf('b')]).toEqual([200, 401]);

    await site.save('one/workflows/b.yaml', workflowText());
    await write(`ci:read:${token('b')}\n`);
    daemon.kill('SIGHUP');
    await registryOf(site).active('one.b');
    expect([await statusOf('a'), await statusOf('b')]).toEqual([401, 200]);

    // A file that is no good leaves the good tokens good, and says why.
    for (const [text, mode, why] of [
      ['nonsense\n', 0o600, 'line 1'],
      [`ci:read:${token('c')}\n`, 0o644, 'chmod 600'],
    ] as const) {
      const from = daemon.log.length;
      await write(text, mode);
      daemon.kill('SIGHUP');
      await daemon.logged(({ level, reason }) => level === 'error' && String(reason).includes(why), { from });
      expect([await statusOf('b'), await statusOf('c')]).toEqual([200, 401]);
    }
  });

  it('takes the log back to its level, which SIGUSR2 had changed', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    const daemon = site.daemon(['--watch', 'off', '--rescan-s', '3600']);
    await daemon.ready();
    const isDebug = ({ level }: { readonly level: string }) => level === 'debug';
    const linesOf = async (signal: NodeJS.Signals, said: string) => {
      let from = daemon.log.length;
      daemon.kill(signal);
      await daemon.logged(({ msg }) => msg.includes(said), { from });
      from = daemon.log.length;
      // Each request is a debug line; the pass that it waits for is not.
      for (let round = 0; round < 3; round += 1) await daemon.get('/livez');
      daemon.kill('SIGHUP');
      await daemon.logged(({ msg }) => msg.startsWith('reloaded'), { from });
      return daemon.log.slice(from).filter(isDebug).length;
    };
    expect(daemon.log.filter(isDebug)).toEqual([]);
    expect(await linesOf('SIGUSR2', 'level of the log')).toBeGreaterThanOrEqual(3);
    expect(await linesOf('SIGHUP', 'reloaded')).toBe(0);
    expect(await linesOf('SIGUSR2', 'level of the log')).toBeGreaterThanOrEqual(3);
    const from = daemon.log.length;
    daemon.kill('SIGUSR2');
    await daemon.logged(({ msg }) => msg.includes('level of the log'), { from });
    daemon.kill('SIGUSR2');
    await eventually(() =>
      expect(
        daemon.log
          .slice(from)
          .filter(({ msg }) => msg.includes('level of the log'))
          .map((line) => line['to']),
      ).toEqual(['debug', 'info']),
    );
  });
});

describe.concurrent('a defect', () => {
  /** Code that runs in the process before the program, and fails when a signal tells it to. */
  const failing = (what: string) => [
    '--import',
    `data:text/javascript,${encodeURIComponent(`process.on('SIGWINCH', () => { ${what} });`)}`,
  ];

  it.each([
    ["throw new Error('made to fail')", 'uncaught error'],
    ["void Promise.reject(new Error('made to fail'))", 'unhandled rejection'],
  ])('ends it with exit 70 and one clear line: %s', async (what, name) => {
    const finishers: (() => Promise<void>)[] = [];
    const site = await createSite((act) => finishers.push(act));
    try {
      await site.saveAll(packFiles('one', { a: workflowText() }));
      const daemon = site.daemon([], { nodeArgs: failing(what) });
      await daemon.ready();
      daemon.kill('SIGWINCH');
      expect(await daemon.exited).toEqual({ code: 70, signal: null });
      const lines = daemon.log.filter(({ level }) => level === 'text' || level === 'error');
      expect(lines).toHaveLength(1);
      expect(lines[0]?.msg).toContain(name);
      expect(lines[0]?.msg).toContain('made to fail');
    } finally {
      for (const act of finishers) await act();
    }
  });

  it('is none when the token file is open to others: exit 78, with what to do', async ({
    onTestFinished,
  }) => {
    const site = await createSite(onTestFinished, { database: 'none' });
    const tokens = join(site.dir, 'tokens');
    await writeFile(tokens, `ci:read:${'a'.repeat(40)}\n`);
    await chmod(tokens, 0o644);
    const { code, stderr } = await site.run(['run', '--token-file', tokens]);
    expect(code).toBe(78);
    expect(stderr).toContain(`its mode is 0644: chmod 600 ${tokens}`);
    expect(stderr).not.toContain('aaaa');
  });
});
