// The worker's side of `checker.ts`: checks large files off the event loop.
import { parentPort } from 'node:worker_threads';
import { checkFile } from '../language/check-file.ts';
import type { FileRole } from '../model/pack.ts';

export type CheckJob = {
  readonly id: number;
  readonly role: FileRole;
  readonly bytes: Uint8Array;
  readonly strict: boolean;
};

parentPort?.on('message', (job: CheckJob) => {
  parentPort?.postMessage({ id: job.id, checked: checkFile(job.role, job.bytes, { strict: job.strict }) });
});
