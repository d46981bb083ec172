// The connection to Postgres: a small pool, a deadline on every statement, errors sorted into retryable and not.
// There is no client-side transaction anywhere: every write is one statement.
import postgres from 'postgres';
import { AppError, codeOf, messageOf } from '../model/errors.ts';

/** A tagged-template query function of the pool, for the statement files. */
export type Sql = postgres.Sql<{ bigint: number }>;
type Pending<Row> = PromiseLike<Row> & { cancel(): void };

export type ConnectOptions = {
  readonly url: string;
  /** Password for a URL that carries none (the embedded server's). */
  readonly password?: string;
  /** Schema of the registry, and the NOTIFY channel. */
  readonly schema: string;
  /** Connections at most. */
  readonly max: number;
  /** Milliseconds a statement may take before it is cancelled. @default 12000 */
  readonly deadlineMs?: number;
  readonly onNotice?: (message: string) => void;
};

export type Database = {
  readonly schema: string;
  /** Runs one statement; throws `AppError` `database_unreachable` (retryable) or `database_refused`. */
  run<Row>(query: (sql: Sql) => Pending<Row>): Promise<Row>;
  /** Waits at most `timeoutS` for statements in flight. */
  close(timeoutS: number): Promise<void>;
};

const defaultDeadlineMs = 12_000;

/** Opens nothing yet: connections are made by the first statements. */
export function connect(options: ConnectOptions): Database {
  const sql = postgres(options.url, {
    max: options.max,
    prepare: false,
    connect_timeout: 5,
    idle_timeout: 60,
    // Names are schema-qualified by the statements; nothing depends on session state, so any pooler may stand in between.
    connection: { application_name: 'packwatch' },
    target_session_attrs: 'read-write',
    onnotice: (notice) => options.onNotice?.(String(notice['message'])),
    ...(options.password === undefined ? {} : { password: options.password }),
    types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
  }) as unknown as Sql;
  const deadlineMs = options.deadlineMs ?? defaultDeadlineMs;
  return {
    schema: options.schema,
    async run(query) {
      const pending = query(sql);
      let timer: NodeJS.Timeout | undefined;
      const deadline = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          pending.cancel();
          reject(
            new AppError('database_unreachable', `the database did not answer within ${deadlineMs} ms`, {
              retryable: true,
            }),
          );
        }, deadlineMs);
      });
      try {
        return await Promise.race([pending, deadline]);
      } catch (error) {
        throw toAppError(error);
      } finally {
        clearTimeout(timer);
      }
    },
    close: (timeoutS) => sql.end({ timeout: timeoutS }),
  };
}

/**
 * SQLSTATE classes that waiting may mend: connection (08), transaction rollback (40), resources (53), operator intervention (57),
 * system (58); and a lock that was not had in time, a server that became read-only.
 */
const retryableStates = /^(08|40|53|57|58)|^(55P03|25006)$/;

function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = codeOf(error) ?? '';
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
