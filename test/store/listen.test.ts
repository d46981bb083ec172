// What is learnt of changes: by notifications where they come through, by asking where they do not, and nothing is missed between.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ConnectOptions,
  connect,
  type ListenConnection,
  type ListenEvents,
  openListener,
} from '../../src/store/connect.ts';
import {
  createListener,
  type ListenerOptions,
  type ListenMode,
  type ListenTiming,
} from '../../src/store/listen.ts';
import { openGate } from '../support/gate.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { until } from '../support/wait.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

const channel = 'packwatch';
/** An hour: what a test does not mean to see cannot be what it sees. */
const never = 3_600_000;

/** What one listener told. */
function listenTo(given: Partial<ListenerOptions> & { readonly target?: ConnectOptions['target'] } = {}) {
  const told: number[] = [];
  const modes: ListenMode[] = [];
  const errors: unknown[] = [];
  const connections: ListenConnection[] = [];
  const target = given.target ?? test.connection;
  const listener = createListener({
    database: test.database,
    id: 'probe',
    open(events) {
      const connection = openListener({ target, schema: channel }, events);
      connections.push(connection);
      return connection;
    },
    onWake: (version) => told.push(version),
    onMode: (mode) => modes.push(mode),
    onError: (error) => errors.push(error),
    sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
    random: () => 0,
    ...given,
    timing: { checkMs: never, deafMs: never, pollMs: never, firstRetryMs: 20, ...given.timing },
  });
  listener.start();
  return {
    told,
    modes,
    errors,
    connections,
    close: listener.close,
    hears: () => until(() => modes.at(-1) === 'listening', { what: 'it listens' }),
    learns: (version: number) => until(() => told.at(-1) === version, { what: `it learns of ${version}` }),
  };
}

/** One more, as a transaction that changes something makes it. */
async function change(notify = true): Promise<number> {
  const [row] = await test.query<{ version: string }>(
    'update packwatch.catalog_version set version = version + 1 returning version::text',
  );
  if (notify) await test.query(`select pg_notify('${channel}', '{}')`);
  return Number(row?.version);
}

const terminate = () =>
  test.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'packwatch'",
  );

describe('a listener', () => {
  it('tells the version it finds, and each change that is notified', async () => {
    const ear = listenTo();
    await ear.hears();
    expect(ear.told).toHaveLength(1);
    for (let round = 0; round < 3; round += 1) await ear.learns(await change());
    expect(ear.modes).toEqual(['listening']);
    expect(ear.errors).toEqual([]);
    ear.close();
  });

  it('is woken by notifications and tells versions: none where nothing moved', async () => {
    const ear = listenTo();
    const proofMs = never - 1;
    let isWaiting = false;
    const deaf = listenTo({
      open: openDeaf(test.connection),
      timing: { proofMs },
      sleep: (ms, signal) => {
        isWaiting ||= ms === proofMs;
        return sleep(ms, undefined, { signal }).catch(() => undefined);
      },
    });
    await ear.hears();
    // Both of its first readings are over: one of the pool, and one of the connection that listens.
    await until(() => isWaiting && deaf.told.length > 0, { what: 'it waits for its proof' });
    const found = deaf.told.length;
    const before = ear.told.length;
    await test.query(`select pg_notify('${channel}', 'whatever')`);
    const last = await change();
    await ear.learns(last);
    expect(ear.told.slice(before)).toEqual([last]);
    // Nothing but notifications could have told it.
    expect(deaf.told).toHaveLength(found);
    ear.close();
    deaf.close();
  });

  it('hands other listeners of the channel none of its proofs', async () => {
    const heard: string[] = [];
    const other = test.session();
    await other.listen(channel, (payload) => heard.push(payload));
    const ear = listenTo({ timing: { checkMs: 5 } });
    await ear.hears();
    await ear.learns(await change());
    await until(() => heard.length > 0);
    expect(new Set(heard)).toEqual(new Set(['{}']));
    ear.close();
  });

  it('learns of what happened while its connection was lost, and of what comes after', async () => {
    const ear = listenTo({ timing: { firstRetryMs: 400 } });
    await ear.hears();
    await ear.learns(await change());
    for (let round = 1; round <= 3; round += 1) {
      await terminate();
      await until(() => ear.modes.at(-1) === 'polling', { what: 'the loss is noticed' });
      // Polls are an hour apart: only the listening again can tell of this one.
      await ear.learns(await change());
      await ear.hears();
      await ear.learns(await change());
      expect(ear.connections).toHaveLength(1 + round);
    }
    ear.close();
  });

  it('tells of scans by their source, and that there may be some whenever it begins to listen', async () => {
    const scans: (string | undefined)[] = [];
    const ear = listenTo({ onScan: (source) => scans.push(source), timing: { firstRetryMs: 20 } });
    await ear.hears();
    expect(new Set(scans)).toEqual(new Set([undefined]));
    scans.length = 0;
    await test.query(`select pg_notify('${channel}_scan', 'root:a')`);
    await until(() => scans.length > 0, { what: 'it is told' });
    expect(scans).toEqual(['root:a']);
    await terminate();
    await until(() => scans.includes(undefined), { what: 'it begins anew' });
    ear.close();
  });

  it('looks again at each check', async () => {
    const ear = listenTo({ timing: { checkMs: 30 } });
    await ear.hears();
    await ear.learns(await change(false));
    ear.close();
  });
});

/** Takes statements and sends no notification on, as a pooler in transaction mode. */
function openDeaf(target: ConnectOptions['target']) {
  return (events: ListenEvents) =>
    openListener({ target, schema: channel }, { ...events, onNotify: () => undefined });
}

describe('where no notification comes through', () => {
  it('asks instead, says so once, and tries to listen again', async () => {
    let opened = 0;
    let scans = 0;
    let isDeaf = true;
    const ear = listenTo({
      onScan: () => {
        scans += 1;
      },
      open(events) {
        opened += 1;
        return isDeaf
          ? openDeaf(test.connection)(events)
          : openListener({ target: test.connection, schema: channel }, events);
      },
      timing: { proofMs: 40, pollMs: 20, deafMs: 100 },
    });
    await until(() => ear.modes.at(-1) === 'polling', { what: 'it polls' });
    for (let round = 0; round < 3; round += 1) await ear.learns(await change(false));
    const before = scans;
    await until(() => scans > before + 2, { what: 'scans are asked about at each poll' });
    await until(() => opened >= 3, { what: 'it tries again' });
    expect(ear.modes).toEqual(['polling']);
    expect(ear.errors).toEqual([]);
    isDeaf = false;
    await ear.hears();
    expect(ear.modes).toEqual(['polling', 'listening']);
    ear.close();
  });

  it('notices at a check that notifications stopped coming', async () => {
    let isDeaf = false;
    const ear = listenTo({
      open: (events) =>
        openListener(
          { target: test.connection, schema: channel },
          { ...events, onNotify: (...said) => !isDeaf && events.onNotify(...said) },
        ),
      timing: { proofMs: 300, checkMs: 20, pollMs: 20 },
    });
    await ear.hears();
    isDeaf = true;
    await until(() => ear.modes.at(-1) === 'polling', { what: 'it polls' });
    await ear.learns(await change());
    ear.close();
  });
});

/** Pool and listener both behind the gate. */
async function listenBehindGate(timing: Partial<ListenTiming>) {
  const gate = await openGate(test);
  const database = connect({ target: gate.url, schema: channel, max: 2, deadlineMs: 1_000 });
  const ear = listenTo({ database, target: gate.url, timing });
  await ear.hears();
  return { gate, database, ear };
}

describe('a server that goes away', () => {
  it('is listened to again when it is back', async () => {
    const { gate, database, ear } = await listenBehindGate({ pollMs: 50, longestRetryMs: 100 });
    gate.shut();
    await until(() => ear.modes.at(-1) === 'polling' && ear.errors.length > 3, { what: 'it tries' });
    const missed = await change();
    await gate.reopen();
    await ear.hears();
    await ear.learns(missed);
    ear.close();
    await database.close(1);
    gate.shut();
  });

  it('is noticed by a check when it only falls silent', async () => {
    const { gate, database, ear } = await listenBehindGate({ checkMs: 50, deadlineMs: 300, proofMs: 300 });
    gate.silence();
    await until(() => ear.modes.at(-1) === 'polling', { what: 'the silence is noticed' });
    gate.speak();
    await ear.hears();
    ear.close();
    await database.close(1);
    gate.shut();
  });

  it.each(['shut', 'silence'] as const)('does not hold up the close (%s)', async (how) => {
    const { gate, database, ear } = await listenBehindGate({ pollMs: 20, longestRetryMs: 40, checkMs: 40 });
    gate[how]();
    if (how === 'shut') await until(() => ear.errors.length > 3, { what: 'it tries' });
    ear.close();
    const begunMs = performance.now();
    await database.close(0);
    expect(performance.now() - begunMs).toBeLessThan(2_000);
    const before = [ear.errors.length, ear.connections.length, ear.modes.length];
    // Longer than any of its waits: nothing is tried or told any more.
    await sleep(200);
    expect([ear.errors.length, ear.connections.length, ear.modes.length]).toEqual(before);
    gate.shut();
  });
});
