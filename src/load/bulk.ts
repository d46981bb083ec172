// Much at once → threads of their own: packs are listed, files read and checked there, while the event loop does the rest.
//
// A thread: none → started → ready, with jobs under way or none → ended after a quiet time, broken, or given up for a job that takes
// too long → none; closed, for good.
// Nobody depends on one: what is not done there, because there is none or it broke, the caller does itself.
import { Worker } from 'node:worker_threads';
import type { CheckedFile } from '../model/file.ts';
import type { BulkJob, CheckJob, GlanceJob, ListJob, ReadAnswer, ReadJob } from './bulk-worker.ts';
import type { Listed } from './fingerprints.ts';

export type Bulk = {
  /** Starts the threads that are not there; `most`: of them all, for what is less. */
  prepare(most?: number): void;
  /** True while there is a thread with few jobs before a further one. */
  isFree(): boolean;
  /** True while there is a thread. */
  isReady(): boolean;
  /** Undefined, here and below: it was not done. */
  list(job: ListJob): Promise<Listed | undefined>;
  /** For each pack whether it is as at the last look, as far as that can be told. A thread that is not ready yet is waited for. */
  glance(job: GlanceJob): Promise<readonly boolean[] | undefined>;
  read(job: ReadJob): Promise<ReadAnswer | undefined>;
  check(job: CheckJob): Promise<readonly CheckedFile[] | undefined>;
  close(): Promise<void>;
};

export type BulkOptions = {
  /** 0: nothing is ever done by a thread. */
  readonly threads: number;
  /** Milliseconds of quiet after which they end. @default 3 000 */
  readonly idleMs?: number;
  /**
   * Milliseconds that a job may take, those before it included, until its thread is given up: a file system may not answer, and
   * that of one root must not keep the others waiting. @default 20 000
   */
  readonly limitMs?: number;
};

/** More would wait for the disk and the database all the same, and each takes some 15 MB. */
const maxThreads = 3;

/** Jobs that a thread has in store at most, so that it goes on while the event loop is busy with something else. */
const maxJobs = 4;

type Thread = {
  readonly worker: Worker;
  isReady: boolean;
  readonly jobs: Map<number, (answer: unknown) => void>;
};

export function createBulk({ threads: wanted, idleMs = 3_000, limitMs = 20_000 }: BulkOptions): Bulk {
  const threads = new Set<Thread>();
  let lastId = 0;
  let isClosed = false;
  let idleTimer: NodeJS.Timeout | undefined;

  const drop = (thread: Thread) => {
    threads.delete(thread);
    for (const done of thread.jobs.values()) done(undefined);
    thread.jobs.clear();
  };

  const start = () => {
    const worker = startWorker();
    const thread: Thread = { worker, isReady: false, jobs: new Map() };
    threads.add(thread);
    worker.on('online', () => {
      thread.isReady = true;
    });
    worker.on('message', ({ id, answer }: { readonly id: number; readonly answer: unknown }) => {
      const done = thread.jobs.get(id);
      thread.jobs.delete(id);
      // A thread keeps the process alive only while somebody waits for it.
      if (thread.jobs.size === 0) worker.unref();
      done?.(answer);
    });
    // Whatever broke it, a file too large for its memory say, shows again where the job is done instead.
    worker.on('error', () => drop(thread));
    worker.on('exit', () => drop(thread));
    worker.unref();
  };

  const end = async () => {
    clearTimeout(idleTimer);
    const ended = [...threads];
    for (const thread of ended) drop(thread);
    await Promise.all(ended.map(({ worker }) => worker.terminate()));
  };

  /** The one with the fewest jobs. */
  const freest = (among: 'ready' | 'started' = 'ready'): Thread | undefined => {
    const found = [...threads].filter(({ isReady }) => isReady || among === 'started');
    return found.sort((a, b) => a.jobs.size - b.jobs.size)[0];
  };

  const rest = () => {
    clearTimeout(idleTimer);
    idleTimer = setTimeout(() => {
      if ([...threads].every(({ isReady, jobs }) => isReady && jobs.size === 0)) void end();
      else rest();
    }, idleMs);
    idleTimer.unref();
  };

  const ask = <Answer>(job: BulkJob, among: 'ready' | 'started' = 'ready') =>
    new Promise<Answer | undefined>((resolve) => {
      const thread = freest(among);
      if (!thread) {
        resolve(undefined);
        return;
      }
      rest();
      const id = ++lastId;
      const limit = setTimeout(() => {
        drop(thread);
        // Not waited for: it ends when its call does.
        void thread.worker.terminate();
      }, limitMs);
      thread.jobs.set(id, (answer) => {
        clearTimeout(limit);
        resolve(answer as Answer | undefined);
      });
      thread.worker.ref();
      thread.worker.postMessage({ id, ...job });
    });

  return {
    prepare(most = maxThreads) {
      const missing = Math.min(wanted, maxThreads, most) - threads.size;
      if (isClosed || missing <= 0) return;
      for (let count = 0; count < missing; count += 1) start();
      rest();
    },
    isReady: () => freest() !== undefined,
    isFree: () => (freest()?.jobs.size ?? maxJobs) < maxJobs,
    list: (job) => ask({ kind: 'list', job }),
    glance: (job) => ask({ kind: 'glance', job }, 'started'),
    read: (job) => ask({ kind: 'read', job }),
    check: (job) => ask({ kind: 'check', job }),
    close() {
      isClosed = true;
      return end();
    },
  };
}

function startWorker(): Worker {
  // Node 20 runs no TypeScript: from the sources (under the tests) the built worker is used.
  const script = import.meta.url.endsWith('.ts') ? '../../dist/load/bulk-worker.js' : './bulk-worker.js';
  return new Worker(new URL(script, import.meta.url));
}
