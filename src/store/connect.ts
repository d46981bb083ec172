// The connection to Postgres: a small pool, a deadline on every statement, errors sorted into retryable and not.
// There is no client-side transaction anywhere: every write is one statement.
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { castsDoubt, sqlStateOf, toAppError, unreachable } from './database-errors.ts';
import { readHostState } from './host-state.ts';
import { createUnblock } from './left-statements.ts';
import { hasEnded, type Pending, requestCancel, wasSent } from './pending.ts';
import { isPoolersFault, prepareWhereDirect } from './prepared.ts';
import { createHosts, type HostState, type Hosts } from './primary.ts';
import { createServerPool, type Pool } from './server-pool.ts';
import { type DriverTarget, driverTargets, type SocketTarget } from './target.ts';
import { formatTextArray, parseTextArray, type TextArray, textArrayOid } from './text-array.ts';
import { withoutHoles } from './whole-rows.ts';

/** A tagged-template query function of the pool, for the statement files. */
export type Sql = postgres.Sql<{ bigint: number; textArray: TextArray }>;

export type ConnectOptions = {
  /** A URL, or the embedded server's socket directory, port, user and database. Of several hosts the one that takes writes is used. */
  readonly target: string | SocketTarget;
  /** Schema of the registry, and the NOTIFY channel. */
  readonly schema: string;
  /** Connections at most. */
  readonly max: number;
  /** It is only read from: of several hosts any will do. @default false */
  readonly readsOnly?: boolean;
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
/** SQLSTATE of a lock that was not had in time. */
const lockNotAvailable = '55P03';
/** Milliseconds a cancelled statement has to end before its connection counts as dead. */
const cancelGraceMs = 1_000;
/** Milliseconds for each question to one of several hosts. */
const askMs = 2_000;

/** Opens nothing yet: connections are made by the first statements. */
export function connect(options: ConnectOptions): Database {
  const server = createServerPool<DriverTarget, Sql>({
    hosts: hostsOf(options),
    open: (place) => openPool(options, place),
    end: (sql, timeout) => sql.end({ timeout }),
  });
  const defaultMs = options.deadlineMs ?? defaultDeadlineMs;
  // Clients that know by now whether they may prepare statements, or are finding out.
  const asked = new WeakSet<Sql>();

  /**
   * A server that answers neither the statement nor the request to cancel it would keep the connection busy for ever; and where
   * every new connection is closed at once, the driver goes on connecting hundreds of times a second for a statement long gone.
   */
  const giveUp = async (used: Pool<DriverTarget, Sql>, pending: Pending<unknown>): Promise<void> => {
    const isConnecting = !wasSent(pending) && used.running <= options.max;
    requestCancel(pending);
    if (isConnecting || !(await hasEnded(pending, cancelGraceMs))) return server.renew(used);
    // A server that hears and did not answer let it wait for a lock.
    if (!server.isClosed()) await unblock();
  };

  const runOnce: Database['run'] = async (query, deadlineMs = defaultMs) => {
    const used = await server.current();
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
      const rows = await Promise.race([pending, deadline]);
      if (!asked.has(used.sql)) {
        asked.add(used.sql);
        void prepareWhereDirect(used.sql);
      }
      return withoutHoles(rows);
    } catch (error) {
      if (isPoolersFault(error)) used.sql.options.prepare = false;
      const sorted = toAppError(error);
      if (castsDoubt(sorted)) server.doubt(used);
      throw sorted;
    } finally {
      clearTimeout(timer);
      used.running -= 1;
    }
  };

  const unblock = createUnblock({
    stalledMs: options.stalledMs ?? defaultStalledMs,
    query: (statement, seconds, deadlineMs) =>
      runOnce((sql) => sql.unsafe<{ ended: number }[]>(statement, [seconds]), deadlineMs),
    onNotice: (message) => options.onNotice?.(message),
  });

  return {
    schema: options.schema,
    async run(query, deadlineMs) {
      try {
        return await runOnce(query, deadlineMs);
      } catch (error) {
        if (sqlStateOf(error) === lockNotAvailable && !server.isClosed()) void unblock();
        throw error;
      }
    },
    close: (timeoutS) => server.close(timeoutS),
  };
}

/**
 * Opens nothing yet: the first statement connects. Not the driver's own `listen`: that one swallows a second failure in a row, and
 * then never listens again.
 */
export function openListener(options: Omit<ConnectOptions, 'max'>, events: ListenEvents): ListenConnection {
  const server = hostsOf(options);
  let connection: ListenConnection | undefined;
  let isOver = false;
  return {
    async run(query, deadlineMs) {
      const place = server.known() ?? (await server.find());
      if (isOver) throw unreachable('the connection that listens is closed');
      connection ??= openConnection(options, place, events);
      return connection.run(query, deadlineMs);
    },
    close() {
      isOver = true;
      connection?.close();
    },
  };
}

function openConnection(
  options: Omit<ConnectOptions, 'max'>,
  place: DriverTarget,
  events: ListenEvents,
): ListenConnection {
  let isOver = false;
  const close = () => {
    isOver = true;
    sql.end({ timeout: 0 }).catch(() => undefined);
  };
  const sql = openPool({ ...options, max: 1 }, place, events.onNotify, () => {
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
        return withoutHoles(await Promise.race([query(sql), deadline]));
      } catch (error) {
        throw toAppError(error);
      } finally {
        clearTimeout(timer);
      }
    },
    close,
  };
}

function hostsOf(options: Omit<ConnectOptions, 'max'>): Hosts<DriverTarget> {
  return createHosts({
    places: driverTargets(options.target),
    ask: (place) => askHost(options, place),
    sleep,
    nowMs: () => performance.now(),
  });
}

/** Asks a host over a connection of its own. For reads each that answers is as good as one that takes writes. */
async function askHost(options: Omit<ConnectOptions, 'max'>, place: DriverTarget): Promise<HostState> {
  const one = openConnection(options, place, { onNotify: () => undefined, onClose: () => undefined });
  try {
    if (options.readsOnly) {
      await one.run((sql) => sql`select 1`, askMs);
      return { takesWrites: true, why: '', timeline: '' };
    }
    return await readHostState((statement) => one.run((sql) => sql.unsafe(statement), askMs));
  } finally {
    one.close();
  }
}

function openPool(
  options: ConnectOptions,
  { url, options: place }: DriverTarget,
  onnotify?: ListenEvents['onNotify'],
  onclose?: ListenEvents['onClose'],
): Sql {
  const settings = {
    // Its types know nothing of lists.
    ...(place as Partial<SocketTarget>),
    max: options.max,
    // Until the connections are known to be the server's own.
    prepare: false,
    // A statement never waits behind another on one connection: a lease could not be renewed while an apply waits for a lock.
    max_pipeline: 0,
    connect_timeout: 5,
    idle_timeout: 60,
    // Seconds. The driver's own delay grows to 20 s and would hide a database that is back; growing is the loop's business.
    backoff: () => 0.1,
    // Names are schema-qualified by the statements; nothing depends on session state, so any pooler may stand in between.
    connection: { application_name: 'packwatch' },
    // A question that the driver asks on a new connection, and whose rejection reaches nobody when the connection is cut off
    // meanwhile: which array types there are (see text-array.ts).
    fetch_types: false,
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
