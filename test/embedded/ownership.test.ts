import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guardianName } from '../../src/embedded/guardian.ts';
import { startEmbedded } from '../../src/embedded/start.ts';
import {
  childrenOf,
  isAlive,
  openWorkshop,
  parentOf,
  postmastersBelow,
  serversBelow,
  until,
  type Workshop,
} from './workshop.ts';

let workshop: Workshop;
/** A cluster that exists, for tests that end with no server running. */
let usedDir: string;
beforeAll(async () => {
  workshop = await openWorkshop();
  usedDir = await newStateDir();
  await (await startEmbedded({ stateDir: usedDir })).stop();
});
afterAll(() => workshop.close());

async function newStateDir(): Promise<string> {
  return join(await workshop.newDir(), 'state');
}

describe('ownership of the server', () => {
  it('starts one server for eight processes at once, and all of them can use it', async () => {
    const stateDir = await newStateDir();
    const starters = Array.from({ length: 8 }, () => workshop.starter(stateDir));
    const running = await Promise.all(starters.map((starter) => starter.running()));
    expect(new Set(running.map(({ pid }) => pid)).size).toBe(1);
    expect(running.filter(({ adopted }) => !adopted)).toHaveLength(1);
    expect(postmastersBelow(stateDir)).toHaveLength(1);
    for (const starter of starters) starter.say('query select 1 as one');
    for (const starter of starters) expect(await starter.next('rows')).toMatchObject({ rows: [{ one: 1 }] });
    const owner = starters[running.findIndex(({ adopted }) => !adopted)];
    for (const starter of starters.filter((other) => other !== owner)) starter.say('stop');
    await Promise.all(starters.filter((other) => other !== owner).map(({ exited }) => exited));
    expect(postmastersBelow(stateDir)).toHaveLength(1);
    owner?.say('stop');
    expect(await owner?.exited).toBe(0);
    expect(serversBelow(stateDir)).toEqual([]);
  });

  it('starts one server when one process asks several times at once', async () => {
    const stateDir = await newStateDir();
    const servers = await Promise.all([1, 2, 3].map(() => startEmbedded({ stateDir })));
    expect(servers.filter(({ adopted }) => !adopted)).toHaveLength(1);
    await Promise.all(servers.map((server) => server.stop()));
    expect(serversBelow(stateDir)).toEqual([]);
  });

  it('stops the server of a starter that was killed, five times over, at most one being alive', async () => {
    const stateDir = usedDir;
    for (let round = 0; round < 5; round++) {
      const starter = workshop.starter(stateDir);
      const { pid } = await starter.running();
      expect(postmastersBelow(stateDir)).toEqual([pid]);
      starter.process.kill('SIGKILL');
      // Every other round starts again at once, while the old server is still going down.
      if (round % 2 === 0) await until(() => serversBelow(stateDir).length === 0, 5_000);
    }
    await until(() => serversBelow(stateDir).length === 0, 5_000);
    const server = await startEmbedded({ stateDir });
    await server.stop();
  });

  it('stops the server of a killed starter although clients are busy', async () => {
    const stateDir = usedDir;
    const starter = workshop.starter(stateDir);
    await starter.running();
    starter.say('query select pg_sleep(60)');
    await until(() => serversBelow(stateDir).length > 1);
    starter.process.kill('SIGKILL');
    await until(() => serversBelow(stateDir).length === 0, 5_000);
  });

  it('uses no cluster whose making was cut short', async () => {
    const stateDir = await newStateDir();
    const homeDir = join(stateDir, 'postgres');
    const isMaking = () =>
      existsSync(homeDir) && readdirSync(homeDir).some((name) => name.startsWith('init-'));
    const starter = workshop.starter(stateDir);
    await until(isMaking);
    starter.process.kill('SIGKILL');
    await starter.exited;
    expect(existsSync(join(homeDir, 'data'))).toBe(false);
    const server = await startEmbedded({ stateDir });
    await server.stop();
    expect(server.adopted).toBe(false);
    expect(readFileSync(join(homeDir, 'data/PG_VERSION'), 'utf8').trim()).toBe('18');
    // The interrupted initdb is gone as well.
    await until(() => serversBelow(stateDir).length === 0, 5_000);
  });

  it('is not interrupted with the terminal of its starter', async () => {
    const stateDir = usedDir;
    const starter = workshop.starter(stateDir);
    const { pid } = await starter.running();
    process.kill(-(starter.process.pid ?? 0), 'SIGINT');
    await starter.next('interrupted');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(parentOf(pid), signal);
    starter.say('query select 1 as one');
    expect(await starter.next('rows')).toMatchObject({ rows: [{ one: 1 }] });
    starter.say('stop');
    expect(await starter.next('stopped')).toMatchObject({ tookMs: expect.any(Number) });
    expect(isAlive(pid)).toBe(false);
  });

  it('adopts a server whose starter and guardian were both killed, and stops it', async () => {
    const stateDir = usedDir;
    const starter = workshop.starter(stateDir);
    const { pid } = await starter.running();
    const guardian = parentOf(pid);
    expect(readFileSync(`/proc/${guardian}/cmdline`, 'utf8')).toContain(guardianName);
    const watchers = childrenOf(guardian).filter((child) => child !== pid);
    process.kill(guardian, 'SIGSTOP');
    for (const watcher of watchers) process.kill(watcher, 'SIGKILL');
    process.kill(guardian, 'SIGKILL');
    starter.process.kill('SIGKILL');
    await starter.exited;
    expect(isAlive(pid)).toBe(true);
    const heir = workshop.starter(stateDir);
    expect(await heir.running()).toMatchObject({ adopted: true, pid });
    heir.process.kill('SIGKILL');
    await until(() => serversBelow(stateDir).length === 0, 5_000);
  });

  it('ends the server when its guardian alone is killed', async () => {
    const stateDir = usedDir;
    const server = await startEmbedded({ stateDir });
    process.kill(parentOf(server.pid), 'SIGKILL');
    await until(() => serversBelow(stateDir).length === 0, 5_000);
    await server.stop();
  });

  it('starts again after the server was killed with its clients connected', async () => {
    const stateDir = usedDir;
    const starter = workshop.starter(stateDir);
    const { pid } = await starter.running();
    starter.say('query create table kept (n int); insert into kept values (1)');
    await starter.next('rows');
    starter.say('query select pg_sleep(60)');
    process.kill(pid, 'SIGKILL');
    const next = workshop.starter(stateDir);
    expect(await next.running()).toMatchObject({ adopted: false });
    next.say('query select n from kept');
    expect(await next.next('rows')).toMatchObject({ rows: [{ n: 1 }] });
    next.say('stop');
    expect(await next.exited).toBe(0);
  });
});

describe('keepEmbedded', () => {
  it('starts the server again when the one that it adopted ends with its starter', async () => {
    const stateDir = usedDir;
    const starter = workshop.starter(stateDir);
    const { pid } = await starter.running();
    const keeper = workshop.starter(stateDir, { mode: 'keep' });
    const { connection } = await keeper.running();
    starter.say('stop');
    await starter.exited;
    await until(() => postmastersBelow(stateDir).some((other) => other !== pid));
    await until(async () => {
      keeper.say('current');
      return (await keeper.next('current'))['adopted'] === false;
    });
    keeper.say('query select 1 as one');
    expect(await keeper.next('rows')).toMatchObject({ rows: [{ one: 1 }] });
    keeper.say('current');
    expect(await keeper.next('current')).toMatchObject({ connection, adopted: false });
    keeper.say('stop');
    expect(await keeper.exited).toBe(0);
    expect(serversBelow(stateDir)).toEqual([]);
  });
});
