// Bytes → checked file: small files at once, many of them on the threads for much at once as well, large ones on a worker with a time
// limit, so that no file blocks the event loop.
//
// The worker: none → started by the first large file → busy with one file at a time → ended after a quiet time, or terminated
// when a file takes longer or more memory than the limit (the next one starts a new worker) → closed, for good.
import { Worker } from 'node:worker_threads';
import { AppError, codeOf } from '../model/errors.ts';
import type { CheckedFile } from '../model/file.ts';
import type { FileRole } from '../model/pack.ts';
import type { Bulk } from './bulk.ts';
import { smallBytes } from './read.ts';
import { refusal } from './refusal.ts';
import { createSlices, type Slices } from './slices.ts';
import { createSmallChecks } from './small-checks.ts';

export type Checker = {
  /** Throws `AppError('aborted')` for a large file once it is closed. */
  check(role: FileRole, bytes: Uint8Array): Promise<CheckedFile>;
  close(): Promise<void>;
};

type Reply = { readonly id: number; readonly checked: CheckedFile };

export type CheckerOptions = {
  /** Warnings count as errors. */
  readonly strict: boolean;
  /** Nothing is registered. @default false */
  readonly isOutline?: boolean;
  /** For many small files; none: they are all checked on the event loop. */
  readonly bulk?: Bulk;
  /** Shared with what else takes the event loop's time. @default its own */
  readonly slices?: Slices;
  /** Milliseconds that one large file may take: two seconds of work, on a machine five times busier. @default 10 000 */
  readonly limitMs?: number;
  /** Milliseconds of quiet after which the worker ends. @default 5 000 */
  readonly idleMs?: number;
  /** Megabytes of heap that the worker may use. @default 512 */
  readonly heapMb?: number;
};

export function createChecker(options: CheckerOptions): Checker {
  const { strict, isOutline = false, limitMs = 10_000, idleMs = 5_000, heapMb = 512 } = options;
  let worker: Worker | undefined;
  let idleTimer: NodeJS.Timeout | undefined;
  let lastId = 0;
  let closed = false;
  const small = createSmallChecks({
    options: { strict, isOutline },
    bulk: options.bulk,
    slices: options.slices ?? createSlices(),
  });
  // One job at a time: a second large file waits for the first, so the time limit is the file's own.
  let queue: Promise<unknown> = Promise.resolve();

  const drop = async () => {
    clearTimeout(idleTimer);
    const ended = worker;
    worker = undefined;
    await ended?.terminate();
  };

  const runOnWorker = (role: FileRole, bytes: Uint8Array) =>
    new Promise<CheckedFile>((resolve, reject) => {
      if (closed) {
        reject(aborted());
        return;
      }
      clearTimeout(idleTimer);
      worker ??= startWorker(heapMb);
      const current = worker;
      const id = ++lastId;
      const finish = (then: () => void) => {
        clearTimeout(limit);
        current.off('message', onMessage).off('error', onError).off('exit', onExit);
        then();
      };
      const onMessage = (reply: Reply) => {
        if (reply.id !== id) return;
        finish(() => resolve(reply.checked));
        idleTimer = setTimeout(drop, idleMs);
        idleTimer.unref();
      };
      const onError = (error: unknown) => {
        worker = undefined;
        const isTooMuch = codeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY';
        finish(() => (isTooMuch ? resolve(tooMuch(role, `${heapMb} MB`)) : reject(error)));
      };
      const onExit = () => finish(() => reject(aborted()));
      const limit = setTimeout(() => {
        finish(() => resolve(tooMuch(role, `${limitMs} ms`)));
        void drop();
      }, limitMs);
      current.on('message', onMessage).on('error', onError).on('exit', onExit);
      current.postMessage({ id, role, bytes, options: { strict, isOutline } });
    });

  return {
    async check(role, bytes) {
      if (bytes.length <= smallBytes) return small.check(role, bytes);
      const job = queue.then(() => runOnWorker(role, bytes));
      queue = job.catch(() => undefined); // the job's own caller sees the failure; the next job must still run
      return job;
    },
    close() {
      closed = true;
      return drop();
    },
  };
}

function startWorker(heapMb: number): Worker {
  // Node 20 runs no TypeScript: from the sources (under the tests) the built worker is used.
  const script = import.meta.url.endsWith('.ts') ? '../../dist/load/check-worker.js' : './check-worker.js';
  const worker = new Worker(new URL(script, import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  });
  worker.unref();
  return worker;
}

function tooMuch(role: FileRole, limit: string): CheckedFile {
  const message = `checking the file took more than ${limit}`;
  const finding = refusal('READ_TOO_SLOW', message, 'make the file smaller or simpler');
  return { role, file: undefined, findings: [finding], claim: undefined, link: undefined, text: '' };
}

function aborted(): AppError {
  return new AppError('aborted', 'files are not checked any more', { retryable: false });
}
