// `run`: the daemon, logging JSON on stderr.
import type { Config } from '../config.ts';
import { openDatabase } from '../daemon/database.ts';
import { boundGarbage } from '../daemon/heap.ts';
import { createDaemon, type Daemon } from '../daemon.ts';
import { AppError, messageOf } from '../model/errors.ts';
import type { PackReport, PassReport } from '../reconcile/ports.ts';
import { createLogger, type RootLogger } from '../telemetry/logger.ts';
import { type Command, type CommandContext, type CommandInput, exitCodeOf, exitCodes } from './context.ts';
import { configure, readSettings } from './settings.ts';

export const run: Command = async (context, input) => {
  const config = configure(context, input);
  if (typeof config === 'number') return config;
  const logger = await createLogger({ level: config.logLevel, destination: 'stderr' });
  return runDaemon(context, config, logger, {
    started(_, url) {
      logger.info(
        { url, roots: config.roots.map(({ source, path }) => ({ source, path })) },
        'packwatch is running',
      );
    },
    onPack: () => undefined,
    onPass: () => undefined,
    logsPacks: true,
    hangup(daemon) {
      logger.setLevel(config.logLevel);
      reload(context, input, daemon, logger);
    },
  });
};

/**
 * What SIGHUP asks a service for: everything is looked at again, tokens are taken from their file, the log goes back to its level.
 * Other settings are what flags and environment said at the start, which a running process cannot be told anew.
 */
function reload(context: CommandContext, input: CommandInput, daemon: Daemon, logger: RootLogger): void {
  const { config, problems } = readSettings(context, input);
  if (config) {
    daemon.useTokens(config.tokens);
    logger.info(
      { tokens: config.tokens?.length },
      'reloaded: packs are looked at again, tokens are read again',
    );
  }
  for (const { message } of problems)
    logger.error({ reason: message }, 'nothing was reloaded; going on as before');
  daemon.rescan();
}

/** SIGUSR2: debug lines until it comes again, or until a reload. */
function createToggle(config: Config, logger: RootLogger): () => void {
  return () => {
    const level = logger.level() === config.logLevel ? 'debug' : config.logLevel;
    logger.setLevel(level);
    logger.info({ to: level }, 'the level of the log was changed by a signal');
  };
}

export type DaemonFace = {
  started(
    daemon: Daemon,
    url: string | undefined,
    place: { readonly place: string; readonly psql: string | undefined },
  ): void;
  onPack(report: PackReport): void;
  onPass(report: PassReport): void;
  /** What SIGHUP means: a service does something, an author's terminal was closed. */
  readonly hangup: 'stop' | ((daemon: Daemon) => void);
  /** False: `onPack` tells what changed, so the log need not. */
  readonly logsPacks: boolean;
};

const terminalClosed = new AppError('aborted', 'the terminal was closed', { retryable: false });

/** Runs a daemon until it is asked to stop or cannot go on; resolves with the exit code. */
export async function runDaemon(
  context: CommandContext,
  config: Config,
  logger: RootLogger,
  face: DaemonFace,
): Promise<number> {
  let fail: (error: unknown) => void = () => undefined;
  const fatal = new Promise<{ readonly error: unknown }>((resolve) => {
    fail = (error) => resolve({ error });
  });
  // Asked for before anything is started: a signal in the middle of a start ends it like any other.
  let isAsked = false;
  const stopRequested = context.stopRequested.then((signal) => {
    isAsked = true;
    return signal;
  });
  let daemon: Daemon | undefined;
  context.onHangup(() => {
    if (face.hangup === 'stop') fail(terminalClosed);
    // Before there is a daemon there is nothing that the start would not look at.
    else if (daemon) daemon.reload(face.hangup);
  });
  context.onMoreLog(createToggle(config, logger));
  boundGarbage();
  try {
    const opened = await openDatabase(config, logger);
    daemon = createDaemon({
      config,
      logger,
      pid: context.pid,
      env: context.env,
      version: context.version,
      opened,
      logsPacks: face.logsPacks,
      onPack: face.onPack,
      onPass: face.onPass,
      onFatal: fail,
    });
    const running = daemon;
    // Not waited for: a file system that does not answer must not keep a signal from being obeyed.
    if (!isAsked) running.start().then(({ url }) => face.started(running, url, opened), fail);
    const outcome = await Promise.race([stopRequested, fatal]);
    if (typeof outcome !== 'string') throw outcome.error;
    logger.info({ signal: outcome }, 'stopping');
    return exitCodes.done;
  } catch (error) {
    const code = exitCodeOf(error);
    // What the environment lacks is said in one sentence; only a defect of ours shows where it happened.
    if (code === exitCodes.bug) logger.error({ err: error }, 'a defect of this program; it ends');
    else if (code !== exitCodes.done) logger.error({}, messageOf(error));
    return code;
  } finally {
    await daemon?.stop();
    logger.flush();
  }
}
