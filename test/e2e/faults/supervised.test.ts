// What a service manager hears from a daemon, on a real datagram socket.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSender } from '../../../src/supervisor/send.ts';
import { type NotifySocket, openNotifySocket, type Received } from '../../support/notify-socket.ts';
import { packFiles, workflowText } from '../../support/pack-text.ts';
import { createSite, type Site } from '../../support/site.ts';
import { eventually, until } from '../../support/wait.ts';

async function listen(socket: string): Promise<NotifySocket> {
  const opened = await openNotifySocket(socket);
  onTestFinished(() => opened.close());
  return opened;
}

async function setUp(): Promise<{ site: Site; socket: string }> {
  const site = await createSite(onTestFinished);
  await site.saveAll(packFiles('ops', { page: workflowText() }));
  return { site, socket: join(site.dir, 'notify') };
}

/** What lasts, without words and signs of life. */
const states = (received: readonly Received[]) =>
  received.flatMap((message) =>
    Object.keys(message).filter((name) => /^(READY|RELOADING|STOPPING)$/.test(name)),
  );

const tokenLine = (name: string) => `${name}:read:${'t'.repeat(40)}\n`;

describe('a daemon with NOTIFY_SOCKET', () => {
  it('tells of its life in order: ready after the first pass, alive, reloaded twice, stopping', async () => {
    const { site, socket } = await setUp();
    const { received } = await listen(socket);
    const tokens = join(site.dir, 'tokens');
    writeFileSync(tokens, tokenLine('one'), { mode: 0o600 });
    const daemon = site.daemon(['--token-file', tokens], {
      env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '3000000' },
    });
    await until(() => states(received).length === 1 || undefined);
    expect(received.at(0)?.['STATUS']).toMatch(/^\d definitions?.*, leads 1 of 1 root/);
    expect((await daemon.get('/readyz')).status).toBe(200);
    expect(await site.rows("select ref from workflow_definition where status = 'active'")).toHaveLength(1);

    await until(() => received.filter((message) => 'WATCHDOG' in message).length >= 3 || undefined);
    daemon.kill('SIGHUP');
    await until(() => states(received).length === 3 || undefined);
    // Refused, so the old ones go on: a reload that ends all the same.
    writeFileSync(tokens, 'no token\n', { mode: 0o600 });
    daemon.kill('SIGHUP');
    await until(() => states(received).length === 5 || undefined);
    await daemon.logged(({ msg }) => msg.startsWith('nothing was reloaded'));
    expect(await daemon.stop()).toMatchObject({ code: 0 });
    expect(states(received)).toEqual(['READY', 'RELOADING', 'READY', 'RELOADING', 'READY', 'STOPPING']);

    for (const { MONOTONIC_USEC: usec, at } of received.filter((message) => 'RELOADING' in message)) {
      const ageUsec = Number(at) - Number(usec);
      expect(ageUsec).toBeGreaterThan(0);
      expect(ageUsec).toBeLessThan(5_000_000);
    }
    const pings = received.filter((message) => 'WATCHDOG' in message).map(({ at }) => Number(at));
    const gaps = pings.slice(1).map((at, index) => at - Number(pings[index]));
    expect(Math.max(...gaps)).toBeLessThan(3_000_000);
  });

  it('reaches an abstract socket', async () => {
    const { site } = await setUp();
    const socket = `@packwatch-test-${process.pid}`;
    const { received } = await listen(socket);
    site.daemon([], { env: { NOTIFY_SOCKET: socket } });
    await until(() => states(received).length === 1 || undefined);
  });

  it('tells what is wrong while the database is away, and is silent when it is frozen', async () => {
    const { site, socket } = await setUp();
    const { received } = await listen(socket);
    const daemon = site.daemon([], {
      env: {
        ...{ NOTIFY_SOCKET: socket, WATCHDOG_USEC: '1500000' },
        DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      },
    });
    await until(() => states(received).length === 1 || undefined, { limitMs: 40_000 });
    const ready = received.find((message) => 'READY' in message);
    expect(ready?.['STATUS']).toMatch(/^not ready: /);
    // More time was asked for before.
    expect(received.findIndex((message) => 'EXTEND_TIMEOUT_USEC' in message)).toBe(0);
    await until(() => received.some((message) => 'WATCHDOG' in message) || undefined);
    daemon.kill('SIGSTOP');
    onTestFinished(() => daemon.kill('SIGCONT'));
    // The message that was under way may still come.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const before = received.length;
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(received).toHaveLength(before);
  });

  it('lets no value begin another assignment', async () => {
    const { socket } = await setUp();
    const { received } = await listen(socket);
    const sender = createSender({ socket, path: process.env['PATH'] ?? '' });
    onTestFinished(() => sender.close());
    await sender.send({ STATUS: 'root:a: \u001b[1mgone\nMAINPID=1\r\nREADY=1\u0000' });
    await until(() => received.length === 1 || undefined);
    expect(received[0]).toEqual({ STATUS: 'root:a:  [1mgone MAINPID=1 READY=1 ', at: expect.any(String) });
  });

  it('goes on with nobody at the other end, and says so once', async () => {
    const { site, socket } = await setUp();
    const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '1000000' };
    const daemon = site.daemon([], { env });
    await daemon.ready();
    const isTold = ({ msg }: { msg: string }) => msg.startsWith('the service manager could not be told');
    await daemon.logged(isTold);
    const { received } = await listen(socket);
    // What lasts was kept.
    await until(() => states(received).length === 1 || undefined);
    await eventually(() => expect(daemon.log.filter(isTold)).toHaveLength(1));
    // The helper itself may be killed: another takes its place, and what lasts is told by it.
    const children = readFileSync(`/proc/${daemon.pid}/task/${daemon.pid}/children`, 'utf8').split(' ');
    const helpers = children.filter(Boolean);
    for (const pid of helpers) process.kill(Number(pid), 'SIGKILL');
    // What it was told of last may still be on its way.
    await until(() => helpers.every((pid) => !existsSync(`/proc/${pid}`)) || undefined);
    daemon.kill('SIGHUP');
    await until(() => states(received).length === 3 || undefined);
    expect(states(received)).toEqual(['READY', 'RELOADING', 'READY']);
    expect(await daemon.stop()).toMatchObject({ code: 0 });
  });
});
