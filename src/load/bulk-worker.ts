// The thread's side of `bulk.ts`: glances at packs, lists them, reads files and checks them, one job after another, by calls that wait.
import { realpathSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { TextOptions } from '../language/check-text.ts';
import { codeOf } from '../model/errors.ts';
import type { CheckedFile } from '../model/file.ts';
import type { Digest, FileRole, PackDir, PackPath, Root } from '../model/pack.ts';
import { direct } from './file-access.ts';
import { type Listed, type Shown, unlessKnown } from './fingerprints.ts';
import { glanceAt } from './glance.ts';
import { type CheckedRead, type KnownRead, type ReadResult, readListed, smallBytes } from './read.ts';
import { scanPack } from './scan.ts';

export type ListJob = {
  readonly root: Root;
  readonly dir: PackDir;
  readonly extra: readonly PackPath[];
  readonly known: Shown | undefined;
};
export type GlanceJob = {
  readonly root: Root;
  /** `known`: the mark of its listing at the last look. */
  readonly packs: readonly { readonly dir: PackDir; readonly known: string }[];
};
export type ReadJob = {
  readonly paths: readonly string[];
  /** For each path the digest of the bytes that need not come back. */
  readonly known: readonly (Digest | undefined)[];
  readonly maxFileBytes: number;
  /** The role of each: what is not known and small is checked at once. None: bytes come back. */
  readonly roles: readonly FileRole[] | undefined;
  readonly options: TextOptions;
};
export type ReadAnswer = readonly (ReadResult | KnownRead | CheckedRead)[];
export type CheckJob = {
  readonly files: readonly { readonly role: FileRole; readonly bytes: Uint8Array }[];
  readonly options: TextOptions;
};

export type BulkJob =
  | { readonly kind: 'list'; readonly job: ListJob }
  | { readonly kind: 'glance'; readonly job: GlanceJob }
  | { readonly kind: 'read'; readonly job: ReadJob }
  | { readonly kind: 'check'; readonly job: CheckJob };

const list = async ({ root, dir, extra, known }: ListJob): Promise<Listed> =>
  unlessKnown(await scanPack(direct, root, dir, extra), known);

function glanceAll({ root, packs }: GlanceJob): readonly boolean[] {
  let rootReal: string;
  try {
    rootReal = realpathSync.native(root.path);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return packs.map(() => false); // what ails the root is told by whoever lists it
  }
  return packs.map(({ dir, known }) => glanceAt(rootReal, dir) === known);
}

async function readAll({ paths, known, maxFileBytes, roles, options }: ReadJob): Promise<ReadAnswer> {
  const results: ReadAnswer[number][] = [];
  for (const [at, path] of paths.entries()) {
    const result = await readListed(direct, path, maxFileBytes);
    const role = roles?.[at];
    if (result.state !== 'read') results.push(result);
    else if (result.digest === known[at]) results.push({ state: 'known', ...withoutBytes(result) });
    else if (role === undefined || result.bytes.length > smallBytes) results.push(result);
    else {
      const checked = (await language()).checkAsText(role, result.bytes, options);
      results.push({ state: 'checked', checked, ...withoutBytes(result) });
    }
  }
  return results;
}

function withoutBytes({ digest, fingerprint }: Extract<ReadResult, { readonly state: 'read' }>) {
  return { digest, fingerprint };
}

/** Loaded by the first file that is checked: a start that finds everything as it was checks nothing. */
const language = () => import('../language/check-text.ts');

async function checkAll({ files, options }: CheckJob): Promise<readonly CheckedFile[]> {
  const { checkAsText } = await language();
  return files.map(({ role, bytes }) => checkAsText(role, bytes, options));
}

async function answer({ kind, job }: BulkJob): Promise<unknown> {
  switch (kind) {
    case 'list':
      return list(job);
    case 'glance':
      return glanceAll(job);
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
