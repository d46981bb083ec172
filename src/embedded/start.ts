// The embedded server, started or adopted. In: a state directory. Out: where to connect, and how to stop it.
// States: nobody runs → (lock, cluster, spawn) → ours, stopped with us; somebody runs it → adopted, left alone at stop;
// runs without a guardian, its starter having died with it → adopted and guarded by us.
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../model/errors.ts';
import { findBinaries } from './binaries.ts';
import { databaseName, ensureCluster, roleName, serverArguments, serverPort } from './cluster.ts';
import { attachGuardian, type Guardian, runGuarded } from './guardian.ts';
import { type Place, preparePlace, reasonOf, unusable } from './place.ts';
import {
  doesAccept,
  endServer,
  isGuarded,
  isServerOf,
  type PidFile,
  readPidFile,
  removeStaleLocks,
  untilGone,
} from './postmaster.ts';
import { openServerLog, type ServerLog } from './server-log.ts';
import { chooseSocketDir, removeSocketDir, socketDirOf, socketPath } from './socket-dir.ts';
import { tryStartLock } from './start-lock.ts';

/** What `startEmbedded` takes. */
export type EmbeddedOptions = {
  /** Directory for the cluster, made with mode 0700 if it does not exist. */
  readonly stateDir: string;
  /** Called with one line for each step worth telling: made, started, adopted. */
  readonly onLog?: (line: string) => void;
  /** Longest wait for a server that starts or stops, in milliseconds. @default 60000 */
  readonly limitMs?: number;
};

/** How to connect; the shape that the driver takes as options. */
export type EmbeddedConnection = {
  /** Directory of the unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
};

/** A running server. */
export type EmbeddedServer = {
  /** libpq form, `postgresql://user@/database?host=DIR&port=N`; for drivers that do not read it there is `connection`. */
  readonly url: string;
  readonly connection: EmbeddedConnection;
  /** True when it ran before this call. */
  readonly adopted: boolean;
  /** Of the server. */
  readonly pid: number;
  /** From the call to the server's readiness. */
  readonly startupMs: number;
  /**
   * Resolves when the server is gone, whatever the reason: for one that was adopted, its starter's end is enough.
   * Whoever still needs a database calls `startEmbedded` again; the connection stays the same.
   */
  readonly gone: Promise<void>;
  /** Stops a server that this process started, within 5 s; leaves an adopted one alone. May be called again. */
  readonly stop: () => Promise<void>;
};

const defaultLimitMs = 60_000;
const pollMs = 15;

/**
 * Starts the server of a state directory, or adopts the one that runs. Any number of processes may call it at once.
 * Throws `embedded_missing` (no programs for this system), `embedded_unusable` (the directory) or `embedded_failed`.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const begunMs = performance.now();
  const place = await preparePlace(options.stateDir);
  const deadlineMs = begunMs + (options.limitMs ?? defaultLimitMs);
  const tell = options.onLog ?? (() => undefined);
  try {
    while (performance.now() < deadlineMs) {
      const running = await findRunning(place);
      if (running !== undefined) {
        const adopted = await adopt(place, running, tell);
        if (adopted !== undefined) return describe(place, adopted, begunMs);
      } else {
        const release = await tryStartLock(place.stateDir);
        if (release !== undefined) {
          const started = await start(place, deadlineMs, tell).finally(release);
          if (started !== undefined) return describe(place, started, begunMs);
        }
      }
      await sleep(pollMs);
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw unusable(place.stateDir, reasonOf(error), error);
  }
  throw failed(`no server was ready within ${Math.round((options.limitMs ?? defaultLimitMs) / 1000)} s`);
}

type Running = {
  readonly file: PidFile;
  readonly socketDir: string;
  readonly port: number;
  readonly adopted: boolean;
  /** Undefined when another process guards the server. */
  readonly guardian: Guardian | undefined;
  readonly log: ServerLog | undefined;
  /** A temporary directory to remove after the stop. */
  readonly temporaryDir: string | undefined;
};

/** The live server that postmaster.pid names, in whatever state. */
async function findRunning(place: Place): Promise<PidFile | undefined> {
  const file = await readPidFile(place.dataDir);
  if (file === undefined) return undefined;
  if (await isServerOf(place, file)) return file;
  // A directory shared between containers: the pid means nothing here, the socket does.
  if (file.socketDir !== '' && (await doesAccept(socketPath(socketDirOf(place, file), file.port)))) {
    throw failed(`a server that this system cannot see (another container?) runs on ${place.dataDir}`);
  }
  return undefined;
}

/** Undefined when it is not ready (yet, or any more). */
async function adopt(
  place: Place,
  file: PidFile,
  tell: (line: string) => void,
): Promise<Running | undefined> {
  if (file.status !== 'ready') return undefined;
  const socketDir = socketDirOf(place, file);
  if (!(await doesAccept(socketPath(socketDir, file.port)))) return undefined;
  const isOrphan = !(await isGuarded(file.pid));
  // Two that meet an orphan at once both guard it: it then ends with the first of them, like any other.
  const guardian = isOrphan ? await attachGuardian(place, place.dataDir, file.pid) : undefined;
  tell(
    `embedded database: adopted the running server ${file.pid}${isOrphan ? ', whose starter is gone' : ''}`,
  );
  return {
    ...{ file, socketDir, port: file.port, adopted: true, guardian },
    ...{ log: undefined, temporaryDir: undefined },
  };
}

/** Undefined when another server was faster, or when remains of an earlier one still hold the directory. */
async function start(
  place: Place,
  deadlineMs: number,
  tell: (line: string) => void,
): Promise<Running | undefined> {
  if ((await findRunning(place)) !== undefined) return undefined;
  const binaries = await findBinaries(place);
  const log = await openServerLog(place);
  let guardian: Guardian | undefined;
  try {
    const outcome = await ensureCluster(place, binaries, log.fd);
    if (outcome === 'made') tell(`embedded database: made a new cluster in ${place.dataDir}`);
    const temporaryDir = await chooseSocketDir(place, serverPort);
    const socketDir = temporaryDir ?? place.dataDir;
    await removeStaleLocks(place, socketPath(socketDir, serverPort));
    const command = [binaries.postgres, ...serverArguments(place, temporaryDir)];
    guardian = await runGuarded(place, place.dataDir, command, log.fd);
    const file = await waitUntilReady(place, guardian, deadlineMs);
    if (file === undefined) {
      await guardian.end();
      return await explainFailure(place, log);
    }
    tell(`embedded database: server ${file.pid} is ready`);
    log.keepBounded();
    return { file, socketDir, port: serverPort, adopted: false, guardian, log, temporaryDir };
  } catch (error) {
    await guardian?.end();
    const tail = await log.tail();
    await log.close();
    if (!(error instanceof AppError) || error.code !== 'embedded_failed') throw error;
    throw new AppError(error.code, `${error.message}${tail}`, { retryable: true, cause: error.cause });
  }
}

async function waitUntilReady(
  place: Place,
  guardian: Guardian,
  deadlineMs: number,
): Promise<PidFile | undefined> {
  while (!guardian.hasExited() && performance.now() < deadlineMs) {
    const file = await readPidFile(place.dataDir);
    if (file?.status === 'ready' && (await isServerOf(place, file))) return file;
    await sleep(pollMs);
  }
  return undefined;
}

// Not an error: somebody else's server won, or processes of a killed one have not noticed yet that it is gone.
const isBusy = /lock file "postmaster.pid" already exists|pre-existing shared memory block/;

async function explainFailure(place: Place, log: ServerLog): Promise<undefined> {
  const tail = await log.tail();
  if (isBusy.test(tail)) {
    await log.close();
    return undefined;
  }
  throw failed(`the server did not start in ${place.dataDir}`);
}

function describe(place: Place, running: Running, begunMs: number): EmbeddedServer {
  const { guardian, socketDir, port } = running;
  guardian?.letGo();
  const gone = untilGone(place, running.file);
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    if (guardian === undefined) return;
    await guardian.end();
    await endServer(place, running.file);
    await running.log?.close();
    await removeSocketDir(running.temporaryDir);
  };
  const query = new URLSearchParams({ host: socketDir, port: String(port) });
  return {
    url: `postgresql://${roleName}@/${databaseName}?${query}`,
    connection: { host: socketDir, port, user: roleName, database: databaseName },
    adopted: running.adopted,
    pid: running.file.pid,
    startupMs: performance.now() - begunMs,
    gone,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

function failed(reason: string, cause?: unknown): AppError {
  return new AppError('embedded_failed', `the embedded database: ${reason}`, { retryable: true, cause });
}
