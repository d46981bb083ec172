// The thread's side of `bulk.ts`: lists packs, reads files and checks them, one job after another, by calls that wait.
import { parentPort } from 'node:worker_threads';
import type { CheckedFile } from '../model/file.ts';
import type { Digest, FileRole, PackDir, PackPath, Root } from '../model/pack.ts';
import { direct } from './file-access.ts';
import { type Listed, unlessKnown } from './fingerprints.ts';
import { type KnownRead, type ReadResult, readListed } from './read.ts';
import { scanPack } from './scan.ts';

export type ListJob = {
  readonly root: Root;
  readonly dir: PackDir;
  readonly extra: readonly PackPath[];
  readonly known: string | undefined;
};
export type ReadJob = {
  readonly paths: readonly string[];
  /** For each path the digest of the bytes that need not come back. */
  readonly known: readonly (Digest | undefined)[];
  readonly maxFileBytes: number;
};
export type CheckJob = {
  readonly files: readonly { readonly role: FileRole; readonly bytes: Uint8Array }[];
  readonly strict: boolean;
};

export type BulkJob =
  | { readonly kind: 'list'; readonly job: ListJob }
  | { readonly kind: 'read'; readonly job: ReadJob }
  | { readonly kind: 'check'; readonly job: CheckJob };

const list = async ({ root, dir, extra, known }: ListJob): Promise<Listed> =>
  unlessKnown(await scanPack(direct, root, dir, extra), known);

async function readAll({
  paths,
  known,
  maxFileBytes,
}: ReadJob): Promise<readonly (ReadResult | KnownRead)[]> {
  const results: (ReadResult | KnownRead)[] = [];
  for (const [at, path] of paths.entries()) {
    const result = await readListed(direct, path, maxFileBytes);
    if (result.state !== 'read' || result.digest !== known[at]) results.push(result);
    else results.push({ state: 'known', digest: result.digest, fingerprint: result.fingerprint });
  }
  return results;
}

async function checkAll({ files, strict }: CheckJob): Promise<readonly CheckedFile[]> {
  // Loaded here: a start that finds everything as it was checks nothing.
  const { checkAsText } = await import('../language/check-text.ts');
  return files.map(({ role, bytes }) => checkAsText(role, bytes, { strict }));
}

async function answer({ kind, job }: BulkJob): Promise<unknown> {
  switch (kind) {
    case 'list':
      return list(job);
    case 'read':
      return readAll(job);
    default:
      return checkAll(job);
  }
}

// Jobs are answered in their order: each begins when the one before is done.
let last: Promise<void> = Promise.resolve();
parentPort?.on('message', ({ id, ...job }: BulkJob & { readonly id: number }) => {
  last = last.then(async () => parentPort?.postMessage({ id, answer: await answer(job) }));
});
