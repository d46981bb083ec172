// The connection to Postgres: a small pool, a deadline on every statement, errors sorted into retryable and not.
// There is no client-side transaction anywhere: every write is one statement.
import postgres from 'postgres';
import { AppError, codeOf, messageOf } from '../model/errors.ts';
import { driverTarget, type SocketTarget } from './target.ts';
import { formatTextArray, parseTextArray, type TextArray, textArrayOid } from './text-array.ts';

/** A tagged-template query function of the pool, for the statement files. */
export type Sql = postgres.Sql<{ bigint: number; textArray: TextArray }>;
type Pending<Row> = PromiseLike<Row> & { cancel(): void };

export type ConnectOptions = {
  /** A URL, or the embedded server's socket directory, port, user and database. */
  readonly target: string | SocketTarget;
  /** Schema of the registry, and the NOTIFY channel. */
  readonly schema: string;
  /** Connections at most. */
  readonly max: number;
  /** Milliseconds a statement may take before it is cancelled. @default 12000 */
  readonly deadlineMs?: number;
  /** Milliseconds after which a statement that waits for its client counts as left by it; more than any deadline. @default 15000 */
  readonly stalledMs?: number;
  readonly onNotice?: (message: string) => void;
};

export type Database = {
  readonly schema: string;
  /**
   * Runs one statement; throws `AppError` `database_unreachable` (retryable) or `database_refused`. `deadlineMs` stands in
   * for the pool's.
   */
  run<Row>(query: (sql: Sql) => Pending<Row>, deadlineMs?: number): Promise<Row>;
  /** Waits at most `timeoutS` for statements in flight. */
  close(timeoutS: number): Promise<void>;
};

/** What a connection that listens tells. */
export type ListenEvents = {
  onNotify(channel: string, payload: string): void;
  /** It is lost; told at most once, and not for a `close`. */
  onClose(): void;
};

/** One connection to listen on. It is never made anew: what listened is gone with it. */
export type ListenConnection = {
  /** Runs one statement; throws like `Database.run`. One over its deadline ends the connection. */
  run<Row>(query: (sql: Sql) => Pending<Row>, deadlineMs: number): Promise<Row>;
  /** At once, whatever is in flight. */
  close(): void;
};

const defaultDeadlineMs = 12_000;
const defaultStalledMs = 15_000;
/** Milliseconds between two looks for statements that were left, and that such a look may take. */
const lookEveryMs = 3_000;
/** SQLSTATE of a lock that was not had in time. */
const lockNotAvailable = '55P03';
/** Milliseconds a cancelled statement has to end before its connection counts as dead. */
const cancelGraceMs = 1_000;

/** Opens nothing yet: connections are made by the first statements. */
export function connect(options: ConnectOptions): Database {
  let pool: Pool = { sql: openPool(options), running: 0 };
  let isClosed = false;
  let lookedMs = Number.NEGATIVE_INFINITY;
  const defaultMs = options.deadlineMs ?? defaultDeadlineMs;

  /**
   * A server that answers neither the statement nor the request to cancel it would keep the connection busy for ever; and where
   * every new connection is closed at once, the driver goes on connecting hundreds of times a second for a statement long gone.
   */
  const giveUp = async (used: Pool, pending: Pending<unknown>): Promise<void> => {
    const isConnecting = !wasSent(pending) && used.running <= options.max;
    requestCancel(pending);
    // A server that hears and did not answer let it wait for a lock.
    if (!isConnecting && (await hasEnded(pending, cancelGraceMs))) return unblock();
    if (pool !== used || isClosed) return;
    pool = { sql: openPool(options), running: 0 };
    // What else is in flight there fails as a lost connection, which is retried.
    await used.sql.end({ timeout: 0 }).catch(() => undefined);
  };

  const runOnce: Database['run'] = async (query, deadlineMs = defaultMs) => {
    const used = pool;
    const pending = query(used.sql);
    used.running += 1;
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        void giveUp(used, pending);
        reject(unreachable(`the database did not answer within ${deadlineMs} ms`));
      }, deadlineMs);
    });
    try {
      return await Promise.race([pending, deadline]);
    } catch (error) {
      throw toAppError(error);
    } finally {
      clearTimeout(timer);
      used.running -= 1;
    }
  };

  /** Whoever waits for a lock of a host that is gone waits for ever: its statement is ended, so that the next try succeeds. */
  const unblock = async (): Promise<void> => {
    if (isClosed || performance.now() - lookedMs < lookEveryMs) return;
    lookedMs = performance.now();
    const seconds = (options.stalledMs ?? defaultStalledMs) / 1_000;
    try {
      const [row] = await runOnce((sql) => endStalled(sql, seconds), lookEveryMs);
      if (row && row.ended > 0)
        options.onNotice?.(`ended ${row.ended} statements that their client had left`);
    } catch (error) {
      options.onNotice?.(`no look for statements that their client left: ${messageOf(error)}`);
    }
  };

  return {
    schema: options.schema,
    async run(query, deadlineMs) {
      try {
        return await runOnce(query, deadlineMs);
      } catch (error) {
        if (sqlStateOf(error) === lockNotAvailable) void unblock();
        throw error;
      }
    },
    close: (timeoutS) => {
      isClosed = true;
      return pool.sql.end({ timeout: timeoutS });
    },
  };
}

/**
 * Opens nothing yet: the first statement connects. Not the driver's own `listen`: that one swallows a second failure in a row, and
 * then never listens again.
 */
export function openListener(options: Omit<ConnectOptions, 'max'>, events: ListenEvents): ListenConnection {
  let isOver = false;
  const close = () => {
    isOver = true;
    sql.end({ timeout: 0 }).catch(() => undefined);
  };
  const sql = openPool({ ...options, max: 1 }, events.onNotify, () => {
    if (isOver) return;
    // Before anything else can be run: the driver would connect again for it, and nothing would be listened to there.
    close();
    events.onClose();
  });
  return {
    async run(query, deadlineMs) {
      if (isOver) throw unreachable('the connection that listens is closed');
      let timer: NodeJS.Timeout | undefined;
      const deadline = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          reject(unreachable(`the database did not answer within ${deadlineMs} ms`));
          close();
        }, deadlineMs);
      });
      try {
        return await Promise.race([query(sql), deadline]);
      } catch (error) {
        throw toAppError(error);
      } finally {
        clearTimeout(timer);
      }
    },
    close,
  };
}

function unreachable(message: string): AppError {
  return new AppError('database_unreachable', message, { retryable: true });
}

/** `running`: statements that have neither ended nor been given up. */
type Pool = { readonly sql: Sql; running: number };

function openPool(
  options: ConnectOptions,
  onnotify?: ListenEvents['onNotify'],
  onclose?: ListenEvents['onClose'],
): Sql {
  const { url, options: place, hasSeveralHosts } = driverTarget(options.target);
  const settings = {
    ...place,
    max: options.max,
    prepare: false,
    // A statement never waits behind another on one connection: a lease could not be renewed while an apply waits for a lock.
    max_pipeline: 0,
    connect_timeout: 5,
    idle_timeout: 60,
    // Seconds. The driver's own delay grows to 20 s and would hide a database that is back; growing is the loop's business.
    backoff: () => 0.1,
    // Names are schema-qualified by the statements; nothing depends on session state, so any pooler may stand in between.
    connection: { application_name: 'packwatch' },
    // Two questions that the driver asks on a new connection, and whose rejection reaches nobody when the connection is cut off
    // meanwhile: which array types there are (see text-array.ts), and, behind poolers that hide it, whether the server is writable.
    fetch_types: false,
    ...(hasSeveralHosts ? { target_session_attrs: 'read-write' as const } : {}),
    ...(onnotify ? { onnotify } : {}),
    ...(onclose ? { onclose } : {}),
    onnotice: (notice: postgres.Notice) => options.onNotice?.(String(notice['message'])),
    types: {
      bigint: { to: 20, from: [20], parse: Number, serialize: String },
      textArray: {
        to: textArrayOid,
        from: [textArrayOid],
        parse: parseTextArray,
        serialize: formatTextArray,
      },
    },
  };
  return url === undefined ? postgres(settings) : postgres(url, settings);
}

/** False while it waits for a connection. */
function wasSent(pending: Pending<unknown>): boolean {
  return 'state' in pending && typeof pending.state === 'object' && pending.state !== null;
}

/**
 * Asks the server to stop a statement. The driver's own `cancel()` drops the promise of that request: on a server that is
 * gone its rejection would end the process.
 */
function requestCancel(pending: Pending<unknown>): void {
  const { canceller } = pending as { readonly canceller?: (query: unknown) => Promise<unknown> };
  // Refused or lost: the statement was given up all the same, and its connection is looked after.
  canceller?.(pending).catch(() => undefined);
}

async function hasEnded(pending: PromiseLike<unknown>, withinMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), withinMs);
    timer.unref();
  });
  const ended = () => true;
  const hasIt = await Promise.race([pending.then(ended, ended), limit]);
  clearTimeout(timer);
  return hasIt;
}

/**
 * Ends backends of this role and database that have carried a statement out and have waited for the message that commits it for
 * `seconds`; what they did is rolled back. Their clients gave up long ago, or are gone with their hosts. No timeout of the server's
 * covers that state: their locks would be held until the connection itself is given up, after two hours by default.
 */
function endStalled(sql: Sql, seconds: number) {
  return sql<{ ended: number }[]>`
    select count(*) filter (where pg_terminate_backend(a.pid))::integer as ended
    from pg_stat_activity a
    where a.datname = current_database() and a.usename = session_user and a.application_name = 'packwatch'
      and a.state = 'active' and a.wait_event = 'ClientRead'
      and a.query_start < clock_timestamp() - make_interval(secs => ${seconds}::double precision)`;
}

/**
 * SQLSTATE classes that waiting may mend: connection (08), authorization (28), database name (3D) and privileges (42501), which a
 * person may be about to set right, transaction rollback (40), resources (53), operator intervention (57), system (58); and a lock that was not had
 * in time, a server that became read-only.
 */
const retryableStates = /^(08|28|3D|40|53|57|58)|^(55P03|25006|42501)$/;
/** Codes of the driver that mean our own mistake. */
const misuses = new Set(['UNDEFINED_VALUE', 'MAX_PARAMETERS_EXCEEDED', 'NOT_TAGGED_CALL']);

function toAppError(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const code = codeOf(error) ?? '';
  if (misuses.has(code)) return error;
  const isState = /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code);
  if (isState && !retryableStates.test(code)) {
    return new AppError('database_refused', `the database refused (${code}): ${messageOf(error)}`, {
      retryable: false,
      cause: error,
    });
  }
  return new AppError('database_unreachable', `the database cannot be used: ${messageOf(error) || code}`, {
    retryable: true,
    cause: error,
  });
}

/** SQLSTATE of the driver's error behind an `AppError`. */
export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof AppError ? codeOf(error.cause) : codeOf(error);
}
