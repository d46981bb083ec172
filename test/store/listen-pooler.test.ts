// Behind a real pooler in transaction mode LISTEN is taken and nothing ever comes of it.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, openListener } from '../../src/store/connect.ts';
import { createListener, type ListenMode } from '../../src/store/listen.ts';
import { openGate } from '../support/gate.ts';
import { createPgbouncer, hasPgbouncer } from '../support/pgbouncer.mjs';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { until } from '../support/wait.ts';

let test: TestDatabase;
const finishers: (() => Promise<void>)[] = [];
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(async () => {
  for (const act of finishers.toReversed()) await act();
  await test.drop();
});

/** Modes and versions until it is closed; everything goes through `target`, `pollMs` apart where it polls. */
function listenThrough(target: string, pollMs: number) {
  const modes: ListenMode[] = [];
  const told: number[] = [];
  const database = connect({ target, schema: 'packwatch', max: 2 });
  const listener = createListener({
    database,
    id: 'probe',
    open: (events) => openListener({ target, schema: 'packwatch' }, events),
    onWake: (version) => told.push(version),
    onMode: (mode) => modes.push(mode),
    onError: () => undefined,
    sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
    random: () => 0,
    timing: { proofMs: 500, checkMs: 100, deafMs: 100, pollMs },
  });
  listener.start();
  finishers.push(async () => {
    listener.close();
    await database.close(1);
  });
  return { modes, told };
}

async function change(): Promise<number> {
  const [row] = await test.query<{ version: string }>(
    `with moved as (update packwatch.catalog_version set version = version + 1 returning version)
     select version::text, pg_notify('packwatch', '{}') from moved`,
  );
  return Number(row?.version);
}

describe('a pooler in transaction mode', () => {
  it.skipIf(!hasPgbouncer)('is found out at each try, and changes are asked for instead', async () => {
    // The server lets in whom it knows by their account; the pooler has another one.
    const gate = await openGate(test);
    finishers.push(async () => gate.shut());
    const server = { ...test.connection, host: '127.0.0.1', port: gate.port };
    const pooler = await createPgbouncer((act) => finishers.push(act), server);
    const behind = listenThrough(pooler.url, 50);
    const beside = listenThrough(test.url, 3_600_000);
    await until(() => behind.modes.length > 0 && beside.modes.length > 0, { what: 'both know' });
    for (let round = 0; round < 5; round += 1) {
      const version = await change();
      await until(() => [behind, beside].every(({ told }) => told.at(-1) === version), {
        what: 'both learn of it',
      });
      await sleep(200);
    }
    // Several proofs were asked for meanwhile; the same database without the pooler gave every one.
    expect([behind.modes, beside.modes]).toEqual([['polling'], ['listening']]);
  });
});
