// A root in memory behind the disk port, with the real check of the bytes: what lies there is a map from path to text.
import { createHash } from 'node:crypto';
import { checkAsText } from '../../src/language/check-text.ts';
import type { Finding } from '../../src/model/diagnostic.ts';
import type { CheckedFile } from '../../src/model/file.ts';
import type { ObservedFile, ObservedPack, RefusedEntry, RootListing } from '../../src/model/listing.ts';
import type { Digest, FileRole, PackDir, PackPath, SourceName } from '../../src/model/pack.ts';
import type { Disk } from '../../src/reconcile/ports.ts';
import { packDirOf, roleOf } from '../../src/registry/discover.ts';

export type MemoryDisk = Disk & {
  /** Path below the root → text, or why it cannot be read. */
  readonly files: Map<string, string | Finding>;
  /** Directories that hold no file of ours. */
  readonly emptyDirs: Set<string>;
  readonly refused: RefusedEntry[];
  /** Pack directories of which a part could not be listed. */
  readonly incomplete: Set<string>;
  /** Pack directories that are being written. */
  readonly unsettled: Set<string>;
  /** Pack directories that a tool is switching. */
  readonly switching: Set<string>;
  /** Called between a look and the question whether it still stands: what happens meanwhile. */
  beforeStands: (() => void) | undefined;
  identity: string;
  rootState: 'listed' | 'missing' | 'unreadable' | 'not_directory';
  /** Paths that were parsed, in order. */
  readonly parsed: string[];
  /** Directories that were looked at, in order. */
  readonly observed: string[];
  write(files: Readonly<Record<string, string | Finding>>): void;
  remove(prefix: string): void;
  rename(from: string, to: string): void;
};

export const unreadable: Finding = {
  code: 'READ_DENIED',
  severity: 'error',
  message: 'permission denied',
  line: 1,
  column: 1,
};

export function digestOf(text: string): Digest {
  return createHash('sha256').update(text).digest('hex') as Digest;
}

const checked = new Map<string, CheckedFile>();

/** The real check; remembered, for laws are tested on few texts many times. */
export function checkText(role: FileRole, text: string): CheckedFile {
  const key = `${role}:${text}`;
  const known = checked.get(key) ?? checkAsText(role, Buffer.from(text), { strict: false });
  checked.set(key, known);
  return known;
}

export function createMemoryDisk(files: Readonly<Record<string, string | Finding>> = {}): MemoryDisk {
  const looks = new WeakMap<ObservedPack, { readonly insists: boolean }>();
  const lastLooks = new Map<string, ObservedPack>();
  const disk: MemoryDisk = {
    files: new Map(Object.entries(files)),
    emptyDirs: new Set(),
    refused: [],
    incomplete: new Set(),
    unsettled: new Set(),
    switching: new Set(),
    beforeStands: undefined,
    identity: '1:1',
    rootState: 'listed',
    parsed: [],
    observed: [],
    write(more) {
      for (const [path, text] of Object.entries(more)) disk.files.set(path, text);
    },
    remove(prefix) {
      for (const path of [...disk.files.keys()])
        if (path === prefix || path.startsWith(`${prefix}/`)) disk.files.delete(path);
    },
    rename(from, to) {
      for (const [path, text] of [...disk.files]) {
        if (!path.startsWith(`${from}/`)) continue;
        disk.files.delete(path);
        disk.files.set(to + path.slice(from.length), text);
      }
    },
    scanRoot: async (source) => listRoot(disk, source),
    observe: async (source, dir, extra, insists = false) => {
      disk.observed.push(dir);
      const seen = observePack(disk, source, dir, extra);
      const pack = insists ? { ...seen, settled: true } : seen;
      looks.set(pack, { insists });
      if (pack.state === 'pack' && pack.complete) lastLooks.set(dir, pack);
      return pack;
    },
    glance: async (source, dirs) => {
      const same = new Map<PackDir, ObservedPack>();
      for (const dir of dirs) {
        const [last, now] = [lastLooks.get(dir), observePack(disk, source, dir, [])];
        if (!last || !now.settled || now.fingerprint !== last.fingerprint) continue;
        const pack = { ...now, files: last.files };
        looks.set(pack, { insists: false });
        disk.observed.push(dir);
        same.set(dir, pack);
      }
      return same;
    },
    stands: async (observed) => {
      disk.beforeStands?.();
      const { source, dir, files, fingerprint } = observed;
      if (disk.switching.has(dir)) return false;
      const look = looks.get(observed);
      if (look === undefined || look.insists) return true;
      const now = observePack(disk, source, dir, [...files.keys()]);
      return now.settled && now.fingerprint === fingerprint;
    },
    check: async (_source, file) => {
      const text = disk.files.get(file.path);
      if (typeof text !== 'string' || digestOf(text) !== file.digest) return undefined;
      disk.parsed.push(file.path);
      return checkText(file.role, text);
    },
    release: () => undefined,
    parsedCount: () => disk.parsed.length,
  };
  return disk;
}

function listRoot(disk: MemoryDisk, source: SourceName): RootListing {
  if (disk.rootState !== 'listed') return { state: disk.rootState, source, reason: disk.rootState };
  const dirs = new Set([...disk.files.keys()].map((path) => packDirOf(path as PackPath)));
  for (const dir of disk.emptyDirs) dirs.add(dir as PackDir);
  const { identity, refused } = disk;
  return { state: 'listed', source, identity, dirs: [...dirs].sort(), refused };
}

function observePack(
  disk: MemoryDisk,
  source: SourceName,
  dir: PackDir,
  extra: readonly PackPath[],
): ObservedPack {
  const files = new Map<PackPath, ObservedFile>();
  let isThere = disk.emptyDirs.has(dir);
  let isPack = false;
  for (const [name, text] of [...disk.files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const path = name as PackPath;
    if (packDirOf(path) !== dir) continue;
    isThere = true;
    const role = roleOf(path) ?? (extra.includes(path) ? 'workflow' : undefined);
    if (role === undefined) continue;
    isPack = true;
    files.set(path, observeText(path, role, text));
  }
  const complete = !disk.incomplete.has(dir);
  const state = disk.rootState === 'listed' && isThere ? (isPack ? 'pack' : 'other') : 'absent';
  const trouble = complete ? [] : ['a part cannot be listed'];
  const fingerprint = JSON.stringify([state, complete, [...files.values()].map((f) => [f.path, f.digest])]);
  const settled = !disk.unsettled.has(dir);
  return { source, dir, state, files, complete, settled, trouble, fingerprint, compared: 'same' };
}

export function observeText(path: PackPath, role: FileRole, text: string | Finding): ObservedFile {
  return typeof text === 'string'
    ? { path, role, digest: digestOf(text), findings: [] }
    : { path, role, digest: null, findings: [text] };
}
