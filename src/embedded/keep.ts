// The embedded server for a process that needs one for as long as it lives. In: a state directory. Out: a server that is
// started or adopted again whenever it is gone: an adopted one ends with its starter, any may be killed.
import { setTimeout as sleep } from 'node:timers/promises';
import { type EmbeddedOptions, type EmbeddedServer, startEmbedded } from './start.ts';

/** What `keepEmbedded` takes. */
export type KeepOptions = EmbeddedOptions & {
  /** Called with each failure to start again; it is tried again until `stop`. */
  readonly onProblem?: (error: unknown) => void;
};

/** A server that comes back. */
export type KeptServer = {
  /** The one that runs, or that ran last. Its `connection` is the same each time. */
  readonly current: () => EmbeddedServer;
  /** Stops keeping, and the server too if this process started it. May be called again. */
  readonly stop: () => Promise<void>;
};

const retryMs = 1_000;

/** Starts or adopts the server like `startEmbedded`, whose errors it throws the first time, and keeps it running. */
export async function keepEmbedded(options: KeepOptions): Promise<KeptServer> {
  const leaving = new AbortController();
  let server = await startEmbedded(options);
  let starting: Promise<void> = Promise.resolve();
  const restart = async (): Promise<void> => {
    if (leaving.signal.aborted) return;
    try {
      server = await startEmbedded(options);
    } catch (error) {
      options.onProblem?.(error);
      // Cut short by the stop, which is no error.
      await sleep(retryMs, undefined, { signal: leaving.signal, ref: false }).catch(() => undefined);
    }
  };
  const keep = async (): Promise<void> => {
    while (!leaving.signal.aborted) {
      await server.gone;
      // Frees what is left of it: the log, a guardian that has lost its server.
      await server.stop();
      starting = restart();
      await starting;
    }
  };
  void keep();
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    leaving.abort();
    await server.stop();
    // A start that was under way is ended too.
    await starting;
    await server.stop();
  };
  return {
    current: () => server,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}
