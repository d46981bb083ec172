// Bytes → checked file: small files at once, large ones on a worker with a time limit, so that no file blocks the event loop.
//
// The worker: none → started by the first large file → busy with one file at a time → ended after a quiet time, or terminated
// when a file takes longer than the limit (the next one starts a new worker).
import { Worker } from 'node:worker_threads';
import { checkFile } from '../language/check-file.ts';
import type { CheckedFile } from '../model/file.ts';
import type { FileRole } from '../model/pack.ts';
import { refusal } from './scan.ts';

const inlineMaxBytes = 64 * 1024;
/** Two seconds of work, on a machine five times slower or busier than it should be. */
const limitMs = 10_000;
const idleMs = 5_000;

export type Checker = {
  check(role: FileRole, bytes: Uint8Array): Promise<CheckedFile>;
  close(): Promise<void>;
};

type Reply = { readonly id: number; readonly checked: CheckedFile };

export function createChecker(options: { readonly strict: boolean }): Checker {
  let worker: Worker | undefined;
  let idleTimer: NodeJS.Timeout | undefined;
  let lastId = 0;
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
      clearTimeout(idleTimer);
      worker ??= startWorker();
      const current = worker;
      const id = ++lastId;
      const finish = (then: () => void) => {
        clearTimeout(limit);
        current.off('message', onMessage).off('error', onError);
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
        finish(() => reject(error));
      };
      const limit = setTimeout(() => {
        finish(() => resolve(tooSlow(role)));
        void drop();
      }, limitMs);
      current.on('message', onMessage).on('error', onError);
      current.postMessage({ id, role, bytes, strict: options.strict });
    });

  return {
    async check(role, bytes) {
      if (bytes.length <= inlineMaxBytes) return checkFile(role, bytes, options);
      const job = queue.then(() => runOnWorker(role, bytes));
      queue = job.catch(() => undefined); // the job's own caller sees the failure; the next job must still run
      return job;
    },
    close: drop,
  };
}

function startWorker(): Worker {
  // Node 20 runs no TypeScript: from the sources (under the tests) the built worker is used.
  const script = import.meta.url.endsWith('.ts') ? '../../dist/load/check-worker.js' : './check-worker.js';
  const worker = new Worker(new URL(script, import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  worker.unref();
  return worker;
}

function tooSlow(role: FileRole): CheckedFile {
  const message = `checking the file took longer than ${limitMs} ms`;
  const finding = refusal('READ_TOO_SLOW', message, 'make the file smaller or simpler');
  return { role, file: undefined, findings: [finding], claim: undefined, link: undefined, text: '' };
}
