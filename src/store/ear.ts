// A connection that listens, and the proof that it hears.
import { AppError } from '../model/errors.ts';
import type { Database, ListenConnection, ListenEvents } from './connect.ts';

export type Ear = {
  readonly connection: ListenConnection;
  /** Aborted when the connection is lost or left, and at the stop. */
  readonly over: AbortSignal;
  /** Connects and listens. */
  listen(): Promise<void>;
  /**
   * True when a notification sent over the pool arrives in time. No statement may run on the connection meanwhile: behind a pooler that
   * is when one for another's backend could slip through. Throws when it could not be sent.
   */
  hears(): Promise<boolean>;
  /** Takes back what was asked for, in case the backend goes on for others. Never throws. */
  forget(): Promise<void>;
  leave(): void;
};

export type EarOptions = {
  readonly database: Database;
  readonly id: string;
  readonly proofMs: number;
  readonly deadlineMs: number;
  readonly stop: AbortSignal;
  open(events: ListenEvents): ListenConnection;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Something in the schema changed. */
  onNotify(): void;
  /** A scan of this source was asked for, or is done. */
  onScan(source: string): void;
};

/** Opens nothing yet. */
export function createEar(options: EarOptions): Ear {
  const { database, deadlineMs, stop } = options;
  const { schema } = database;
  // A channel of its own: who else listens to the schema's must not be handed what means nothing to them.
  const proofs = `${schema}_echo_${options.id}`;
  // As ask_scan and answer_scan have it.
  const scans = `${schema}_scan`;
  const over = new AbortController();
  let proof: { readonly payload: string; readonly heard: AbortController } | undefined;
  let sent = 0;

  const connection = options.open({
    onNotify(channel, payload) {
      if (channel === schema) options.onNotify();
      else if (channel === scans) options.onScan(payload);
      else if (payload === proof?.payload) proof.heard.abort();
    },
    onClose: () => leave(),
  });
  const leave = () => {
    stop.removeEventListener('abort', leave);
    over.abort(lost());
    proof?.heard.abort();
    connection.close();
  };
  stop.addEventListener('abort', leave);

  return {
    connection,
    over: over.signal,
    async listen() {
      for (const channel of [schema, scans, proofs])
        await connection.run((sql) => sql`listen ${sql(channel)}`, deadlineMs);
    },
    async hears() {
      sent += 1;
      const payload = `${options.id} ${sent}`;
      const heard = new AbortController();
      proof = { payload, heard };
      await database.run((sql) => sql`select pg_notify(${proofs}, ${payload})`, deadlineMs);
      await options.sleep(options.proofMs, heard.signal);
      over.signal.throwIfAborted();
      return heard.signal.aborted;
    },
    async forget() {
      // Refused or lost: then nothing is listened to either.
      await connection.run((sql) => sql`unlisten *`, deadlineMs).catch(() => undefined);
    },
    leave,
  };
}

function lost(): AppError {
  return new AppError('database_unreachable', 'the connection that listens was lost', { retryable: true });
}
