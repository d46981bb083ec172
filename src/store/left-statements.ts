// Whoever waits for a lock of a host that is gone waits for ever: its statement is ended, so that the next try succeeds.
import { messageOf } from '../model/errors.ts';

export type LeftStatementsOptions = {
  /** Milliseconds after which a statement that waits for its client counts as left by it. */
  readonly stalledMs: number;
  /** Runs a statement with one parameter, in this time. */
  query(
    statement: string,
    seconds: number,
    deadlineMs: number,
  ): Promise<readonly { readonly ended: number }[]>;
  onNotice(message: string): void;
};

/** Milliseconds between two looks for them, and that such a look may take. */
const lookEveryMs = 3_000;

/**
 * Ends backends of this role and database that have carried a statement out and have waited for the message that commits it for
 * so many seconds; what they did is rolled back. Their clients gave up long ago, or are gone with their hosts. No timeout of the
 * server's covers that state: their locks would be held until the connection itself is given up, after two hours by default.
 */
const endStalled = `
  select count(*) filter (where pg_terminate_backend(a.pid))::integer as ended
  from pg_stat_activity a
  where a.datname = current_database() and a.usename = session_user and a.application_name = 'packwatch'
    and a.state = 'active' and a.wait_event = 'ClientRead'
    and a.query_start < clock_timestamp() - make_interval(secs => $1::double precision)`;

/** Returns what looks for them; never throws, and does nothing when it looked a moment ago. */
export function createUnblock(options: LeftStatementsOptions): () => Promise<void> {
  let lookedMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (performance.now() - lookedMs < lookEveryMs) return;
    lookedMs = performance.now();
    try {
      const [row] = await options.query(endStalled, options.stalledMs / 1_000, lookEveryMs);
      if (row && row.ended > 0) options.onNotice(`ended ${row.ended} statements that their client had left`);
    } catch (error) {
      options.onNotice(`no look for statements that their client left: ${messageOf(error)}`);
    }
  };
}
