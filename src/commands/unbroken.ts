// A run of one pass that the database may break off: what was finished stays, and the pass is made again for the rest.
import { AppError } from '../model/errors.ts';
import type { PackReport, PassReport } from '../reconcile/ports.ts';

/** Milliseconds that no pack may have been finished for between two failures until the database counts as gone. */
const patienceMs = 30_000;
const pauseMs = 1_000;

export type UnbrokenOptions = {
  readonly signal: AbortSignal;
  nowMs(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Of a failure that is waited out. */
  onFailure(error: AppError): void;
};

export type Unbroken = {
  /** Tells that a pack was finished, whatever becomes of the pass. */
  note(report: PackReport): void;
  /** Makes a pass until it ends. Throws what it throws if no waiting mends that, was aborted, or waiting has not mended it. */
  pass(run: () => Promise<PassReport>): Promise<PassReport>;
  /** What was finished by passes that were broken off, which no `PassReport` tells. */
  finished(): readonly PackReport[];
};

export function createUnbroken({ signal, nowMs, sleep, onFailure }: UnbrokenOptions): Unbroken {
  let sinceMs: number | undefined;
  let current: PackReport[] = [];
  const finished: PackReport[] = [];

  const mayGoOn = (error: unknown): error is AppError => {
    if (signal.aborted || !(error instanceof AppError) || !error.retryable) return false;
    if (sinceMs === undefined || current.length > 0) sinceMs = nowMs();
    return nowMs() - sinceMs <= patienceMs;
  };

  return {
    note: (report) => void current.push(report),
    async pass(run) {
      for (;;) {
        current = [];
        try {
          return await run();
        } catch (error) {
          if (!mayGoOn(error)) throw error;
          finished.push(...current);
          onFailure(error);
          await sleep(pauseMs, signal);
          signal.throwIfAborted();
        }
      }
    },
    finished: () => finished,
  };
}
