// What is forgotten in time, and how that ends with the daemon.
import { describe, expect, it } from 'vitest';
import { createHousekeeping } from '../../src/daemon/housekeeping.ts';
import type { SourceName } from '../../src/model/pack.ts';
import type { Database } from '../../src/store/connect.ts';

const source = 'root:packs' as SourceName;

/** A database whose statements answer when the test says so. */
function createSlowDatabase() {
  const waiting: { readonly resolve: (rows: unknown) => void; readonly reject: (error: Error) => void }[] =
    [];
  const database: Database = {
    schema: 'packwatch',
    run: <Row>() =>
      new Promise<Row>((resolve, reject) =>
        waiting.push({ resolve: resolve as (rows: unknown) => void, reject }),
      ),
    close: async () => undefined,
  };
  const next = async () => {
    for (let turns = 0; turns < 400 && waiting.length === 0; turns += 1)
      await new Promise((resolve) => setTimeout(resolve, 5));
    return waiting.shift();
  };
  return {
    database,
    statements: () => waiting.length,
    purged: async (purged: number) => (await next())?.resolve([{ answer: { purged } }]),
    done: async () => (await next())?.resolve([]),
    fails: async () => (await next())?.reject(new Error('pool is closed')),
  };
}

function createRig() {
  const slow = createSlowDatabase();
  const told: string[] = [];
  let now = 0;
  const tell = (_fields: object, message: string) => told.push(message);
  const silent = () => undefined;
  const housekeeping = createHousekeeping({
    database: slow.database,
    retainDays: 30,
    logger: { trace: silent, debug: silent, info: tell, warn: tell, error: tell } as never,
    nowMs: () => now,
    held: () => [source],
    epochOf: () => 1,
  });
  const pass = (laterMs: number) => {
    now += laterMs;
    housekeeping.passed();
  };
  return { ...slow, told, housekeeping, pass };
}

/** Whether a promise has resolved by now. */
async function isOver(promise: Promise<void>): Promise<boolean> {
  const other = new Promise<'pending'>((resolve) => setTimeout(resolve, 5, 'pending'));
  return (await Promise.race([promise, other])) !== 'pending';
}

describe('the housekeeping', () => {
  it('is done once an hour', async () => {
    const { pass, statements, purged, done, housekeeping } = createRig();
    pass(0);
    expect(statements()).toBe(1);
    await purged(0);
    await done();
    pass(3_599_999);
    expect(statements()).toBe(0);
    pass(1);
    expect(statements()).toBe(1);
    await purged(0);
    await done();
    await housekeeping.close();
  });

  it('tells what was forgotten, and what could not be', async () => {
    const { pass, purged, fails, told, housekeeping } = createRig();
    pass(0);
    await purged(200);
    await purged(3);
    await fails();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await housekeeping.close();
    expect(told).toEqual([
      'what was retired long ago is forgotten',
      'what was retired long ago could not be forgotten; again in an hour',
    ]);
  });

  it('closed, waits for the statement under way, begins none any more and tells of no failure', async () => {
    const { pass, statements, purged, told, housekeeping } = createRig();
    pass(0);
    const closed = housekeeping.close();
    expect(await isOver(closed)).toBe(false);
    await purged(200);
    await closed;
    expect([statements(), told]).toEqual([0, ['what was retired long ago is forgotten']]);
    pass(3_600_000);
    expect(statements()).toBe(0);
  });

  it('closed over a statement that fails for it, tells of no failure', async () => {
    const { pass, fails, told, housekeeping } = createRig();
    pass(0);
    const closed = housekeeping.close();
    await fails();
    await closed;
    expect(told).toEqual([]);
  });

  it('closed before it began, has nothing to wait for', async () => {
    const { housekeeping } = createRig();
    await housekeeping.close();
  });
});
