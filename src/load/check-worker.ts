// The worker's side of `checker.ts`: checks large files off the event loop.
import { parentPort } from 'node:worker_threads';
import { checkAsText, type TextOptions } from '../language/check-text.ts';
import type { FileRole } from '../model/pack.ts';

export type CheckJob = {
  readonly id: number;
  readonly role: FileRole;
  readonly bytes: Uint8Array;
  readonly options: TextOptions;
};

parentPort?.on('message', (job: CheckJob) => {
  parentPort?.postMessage({ id: job.id, checked: checkAsText(job.role, job.bytes, job.options) });
});
