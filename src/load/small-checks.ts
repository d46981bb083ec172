// Small files to be checked, in the order in which they came: on the event loop slice by slice, and of many a part on threads.
import type { checkAsText, TextOptions } from '../language/check-text.ts';
import type { CheckedFile } from '../model/file.ts';
import type { FileRole } from '../model/pack.ts';
import type { Bulk } from './bulk.ts';
import type { Slices } from './slices.ts';

export type SmallChecks = {
  check(role: FileRole, bytes: Uint8Array): Promise<CheckedFile>;
};

export type SmallChecksOptions = {
  readonly options: TextOptions;
  readonly bulk: Bulk | undefined;
  readonly slices: Slices;
};

type Job = {
  readonly role: FileRole;
  readonly bytes: Uint8Array;
  resolve(checked: CheckedFile): void;
  reject(error: unknown): void;
};

/** Files that wait from which on threads are started for them: what they take then is several slices. */
const manyFiles = 96;
/** Files given to a thread at a time: some milliseconds of work. */
const batchFiles = 12;

export function createSmallChecks({ options, bulk, slices }: SmallChecksOptions): SmallChecks {
  const waiting: Job[] = [];
  let isWorking = false;

  const checkHere = (by: typeof checkAsText, { role, bytes, resolve, reject }: Job) => {
    try {
      resolve(by(role, bytes, options));
    } catch (error) {
      reject(error);
    }
  };

  const work = async () => {
    isWorking = true;
    // Loaded by the first file: a start that finds everything as it was checks nothing. And all who ask in this moment are heard
    // before the first is answered.
    const language = await import('../language/check-text.ts');
    while (waiting.length > 0) {
      // Many may wait for the same turn, and another may have used it up.
      while (slices.isOver()) await slices.next();
      share();
      const job = waiting.shift();
      if (job) checkHere(language.checkAsText, job);
    }
    isWorking = false;
  };

  /** The threads take what would wait for more than a moment here. */
  const share = () => {
    if (!bulk) return;
    if (waiting.length >= manyFiles) bulk.prepare();
    while (waiting.length > batchFiles && bulk.isFree()) void checkThere(bulk, waiting.splice(0, batchFiles));
  };

  const checkThere = async (threads: Bulk, jobs: readonly Job[]) => {
    const files = jobs.map(({ role, bytes }) => ({ role, bytes }));
    const answers = await threads.check({ files, options });
    for (const [index, job] of jobs.entries()) {
      const checked = answers?.[index];
      if (checked) job.resolve(checked);
      else waiting.unshift(job);
    }
    if (waiting.length > 0) share();
    if (waiting.length > 0 && !isWorking) void work();
  };

  return {
    check: (role, bytes) =>
      new Promise((resolve, reject) => {
        waiting.push({ role, bytes, resolve, reject });
        if (!isWorking) void work();
      }),
  };
}
