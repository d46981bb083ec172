// Config → a database to work with: the one that was named, or the embedded one, started for it.
import type { Config } from '../config.ts';
import type { Logger } from '../model/logger.ts';
import {
  type ConnectOptions,
  connect,
  type Database,
  type ListenConnection,
  type ListenEvents,
  openListener,
} from '../store/connect.ts';

export type OpenDatabase = {
  readonly database: Database;
  /** A connection of its own to listen on. */
  openListener(events: ListenEvents): ListenConnection;
  /** For reads; undefined where none was named. */
  readonly replica: { readonly database: Database; readonly place: string } | undefined;
  /** For people: where it is, without a secret. */
  readonly place: string;
  /** How to open it by hand; undefined for a database that was named. */
  readonly psql: string | undefined;
  /** Ends the connections, then an embedded server that we started. Bounded; may be called again. */
  close(): Promise<void>;
};

const closeTimeoutS = 1;
/** Milliseconds after which the primary is asked instead. */
const replicaDeadlineMs = 3_000;

/** Throws `AppError` `embedded_*`; a named database is not looked at yet. */
export async function openDatabase(config: Config, logger: Logger): Promise<OpenDatabase> {
  const options = {
    schema: config.schema,
    max: 10,
    onNotice: (message: string) => logger.debug({}, message),
  };
  if (config.databaseUrl !== undefined) {
    const named = { ...options, target: config.databaseUrl };
    const database = connect(named);
    return {
      database,
      openListener: (events) => openListener(named, events),
      replica: openReplica(config, options),
      place: placeOf(config.databaseUrl),
      psql: undefined,
      close: () => database.close(closeTimeoutS),
    };
  }
  // Loaded only here: with DATABASE_URL nothing of the embedded server is.
  const { keepEmbedded } = await import('../embedded/keep.ts');
  const kept = await keepEmbedded({
    stateDir: config.stateDir,
    onLog: (line) => logger.debug({}, line),
    onProblem: (error) =>
      logger.error({ err: error }, 'the embedded database cannot be started again; trying on'),
  });
  const server = kept.current();
  const own = { ...options, target: server.connection };
  const database = connect(own);
  const { host, port, user, database: name } = server.connection;
  return {
    database,
    openListener: (events) => openListener(own, events),
    replica: undefined,
    place: `embedded PostgreSQL in ${config.stateDir} (${server.adopted ? 'was already running' : `started in ${Math.round(server.startupMs)} ms`})`,
    psql: `psql -h ${host} -p ${port} -U ${user} ${name}`,
    async close() {
      await database.close(closeTimeoutS);
      await kept.stop();
    },
  };
}

function openReplica({ readUrl }: Config, options: Omit<ConnectOptions, 'target'>): OpenDatabase['replica'] {
  if (readUrl === undefined) return undefined;
  const target = { target: readUrl, readsOnly: true, deadlineMs: replicaDeadlineMs };
  return { database: connect({ ...options, ...target }), place: placeOf(readUrl) };
}

/** Host and database of a URL that was checked already; never its user, password or parameters. */
function placeOf(url: string): string {
  const [, hosts = '', name = ''] = /^[a-z]+:\/\/(?:[^@/]*@)?([^/?]*)\/?([^?]*)/.exec(url) ?? [];
  return `PostgreSQL at ${hosts || 'the local socket'}, database ${name || '(default)'}`;
}
