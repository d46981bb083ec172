// What holds whenever the database misbehaves, asked from outside: alive, not ready and why, unharmed, nothing half-applied.
import { expect } from 'vitest';
import type { Daemon } from '../../support/daemon.ts';
import type { Rows, Site, StartOptions } from '../../support/site.ts';
import { until } from '../../support/wait.ts';

/** `onTestFinished` of a test. */
export type AtEnd = (act: () => Promise<void>) => void;

export type Query = (statement: string) => Promise<Rows>;

/** Against that database; only what an event or a retry brings arrives: the rescan is an hour away. */
export function startAgainst(site: Site, url: string, options: StartOptions = {}): Daemon {
  return site.daemon(['--rescan-s', '3600', '--watch', 'events'], {
    ...options,
    env: { DATABASE_URL: url, ...options.env },
  });
}

/** Waits until the daemon tells that the database is away; returns in whose words. It is alive meanwhile. */
export async function awayReason(daemon: Daemon, wanted = /./, limitMs = 30_000): Promise<string> {
  const reason = await until(
    async () => {
      expect((await daemon.get('/livez')).status).toBe(200);
      const answer = await daemon.get('/readyz');
      if (answer.status !== 503) return undefined;
      const { reasons } = answer.json<{ reasons: { code: string; message: string }[] }>();
      return reasons.find(({ code, message }) => code === 'database_unreachable' && wanted.test(message));
    },
    { what: `not ready because of ${wanted}`, limitMs },
  );
  return reason.message;
}

/** Waits until the daemon is ready again and the condition holds; prints and returns how long after `sinceMs` that was. */
export async function convergedAfter(
  daemon: Daemon,
  what: string,
  sinceMs: number,
  condition: () => Promise<boolean>,
  limitMs = 15_000,
): Promise<number> {
  try {
    await until(async () => (await condition()) && (await daemon.get('/readyz')).status === 200, {
      what: `converged after ${what}`,
      limitMs,
    });
  } catch (error) {
    const told = daemon.log.map((line) => JSON.stringify(line)).join('\n');
    throw new Error(`${String(error)}; it told\n${told}`, { cause: error });
  }
  const tookMs = Math.round(performance.now() - sinceMs);
  process.stdout.write(`${what}: converged after ${tookMs} ms\n`);
  return tookMs;
}

/** What `vars.x` of a workflow is, as served; undefined where there is none. */
export async function servedX(query: Query, ref: string): Promise<unknown> {
  const [row] = await query(
    `select definition #> '{vars,x}' as x from packwatch.workflow_definition where ref = '${ref}' and status = 'active'`,
  );
  return row?.['x'];
}

export function expectUnharmed(daemon: Daemon): void {
  expect(daemon.hasExited()).toBe(false);
  // What is told before the end, or by anybody but the log.
  expect(daemon.log.filter(({ level }) => ['text', 'error', 'fatal'].includes(level))).toEqual([]);
}

/**
 * Where every edit is another revision: each definition has numbers 1 to n and n changes that made them; and there is no version
 * of the catalogue without a change.
 */
export async function expectWholeHistory(query: Query): Promise<void> {
  const history = await query(`
    select w.ref,
      (select json_agg(r.number order by r.number) from packwatch.workflow_revision r where r.workflow_definition = w.id) as numbers,
      (select json_agg(c.number order by c.version, c.position) from packwatch.catalog_change c
        where c.ref = w.ref and c.verb in ('registered', 'updated')) as changed
    from packwatch.workflow_definition w order by w.ref`);
  expect(history.length).toBeGreaterThan(0);
  for (const { ref, numbers, changed } of history) {
    const all = (numbers as readonly number[]).map((_, index) => index + 1);
    expect({ ref, numbers, changed }).toEqual({ ref, numbers: all, changed: all });
  }
  const [versions] = await query(`
    select (select version from packwatch.catalog_version)::int as version,
      (select count(distinct version) from packwatch.catalog_change)::int as told`);
  expect(versions?.['told']).toBe(versions?.['version']);
}
