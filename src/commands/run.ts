// `run`: the daemon, logging JSON on stderr.
import type { Config } from '../config.ts';
import { openDatabase } from '../daemon/database.ts';
import { createDaemon, type Daemon } from '../daemon.ts';
import { AppError, messageOf } from '../model/errors.ts';
import type { PackReport, PassReport } from '../reconcile/ports.ts';
import { createLogger, type RootLogger } from '../telemetry/logger.ts';
import { type Command, type CommandContext, exitCodeOf, exitCodes } from './context.ts';
import { configure } from './settings.ts';

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
    hangup: 'rescan',
  });
};

export type DaemonFace = {
  started(
    daemon: Daemon,
    url: string | undefined,
    place: { readonly place: string; readonly psql: string | undefined },
  ): void;
  onPack(report: PackReport): void;
  onPass(report: PassReport): void;
  /** What SIGHUP means: a service looks at everything again, an author's terminal was closed. */
  readonly hangup: 'rescan' | 'stop';
  /** False: `onPack` tells what changed, so the log need not. */
  readonly logsPacks: boolean;
};

const hangup = new AppError('aborted', 'the terminal was closed', { retryable: false });

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
  try {
    const opened = await openDatabase(config, logger);
    daemon = createDaemon({
      config,
      logger,
      pid: context.pid,
      version: context.version,
      opened,
      logsPacks: face.logsPacks,
      onPack: face.onPack,
      onPass: face.onPass,
      onFatal: fail,
    });
    const running = daemon;
    context.onHangup(face.hangup === 'stop' ? () => fail(hangup) : () => running.rescan());
    if (!isAsked) {
      const { url } = await daemon.start();
      face.started(daemon, url, opened);
    }
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
