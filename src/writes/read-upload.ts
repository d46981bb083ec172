// An archive's files → what the pack should be, every file checked and linked as in a root. Nothing is written to a disk.
import { createHash } from 'node:crypto';
import type { Finding } from '../model/diagnostic.ts';
import type { CheckedFile } from '../model/file.ts';
import type { ObservedFile, ObservedPack } from '../model/listing.ts';
import { apiSource, type Digest, type PackDir, type PackPath, type PackRef } from '../model/pack.ts';
import type { DesiredPack, RegisteredState } from '../model/state.ts';
import { desiredInSteps } from '../registry/desired.ts';
import { roleOf } from '../registry/discover.ts';
import { type FileFacts, factsOfChecked, factsOfUnreadable } from '../registry/facts.ts';
import { type ManifestVerdict, manifestOf, manifestVerdict } from '../registry/manifest.ts';
import type { WritePorts } from './ports.ts';

export type Upload = {
  /** Undefined: the manifest does not tell a good one. */
  readonly packRef: PackRef | undefined;
  readonly desired: DesiredPack;
  /** Undefined: it is missing, or was not looked into. */
  readonly manifest: CheckedFile | undefined;
};

/** The files of an archive, and what is known of each. */
type Unpacked = { readonly bytes: ReadonlyMap<PackPath, Uint8Array>; readonly observed: ObservedPack };

const nothing: RegisteredState = {
  pack: undefined,
  workflows: new Map(),
  actions: new Map(),
  files: new Map(),
};

/** `files`: by their paths below the pack's directory. */
export async function readUpload(ports: WritePorts, files: ReadonlyMap<string, Uint8Array>): Promise<Upload> {
  const dir = await dirOf(ports, files);
  const unpacked = unpack(ports, files, dir);
  const manifest = await readManifest(ports, unpacked);
  const packRef = manifest.state === 'named' ? manifest.packRef : undefined;
  const known = packRef ?? (dir as string as PackRef);
  const facts = new Map(manifest.facts.map((fact) => [fact.path, fact]));
  for (const fact of await gatherFacts(ports, unpacked, known)) facts.set(fact.path, fact);
  const desired = await ports.inTurns(
    desiredInSteps({
      ...{ source: apiSource, dir, packRef: known, facts, complete: true, registered: nothing, rivals: [] },
      pack: manifest.state === 'named' ? manifest.pack : 'same',
      checkedBy: ports.checkedBy,
    }),
  );
  return { packRef, desired, manifest: manifest.facts[0]?.checked };
}

/** A pack of the API lies in a directory of its ref. Where the manifest tells none, the other files are checked all the same. */
async function dirOf(
  { check, maxFileBytes }: WritePorts,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<PackDir> {
  const bytes = files.get('pack.yaml') ?? files.get('pack.yml');
  const isReadable = bytes !== undefined && bytes.length <= maxFileBytes;
  const claim = isReadable ? (await check('manifest', bytes)).claim : undefined;
  return (claim !== undefined && /^[a-z][a-z0-9_-]{1,63}$/.test(claim) ? claim : 'pack') as PackDir;
}

function unpack(
  { maxFileBytes }: WritePorts,
  files: ReadonlyMap<string, Uint8Array>,
  dir: PackDir,
): Unpacked {
  const bytes = new Map([...files].map(([path, content]) => [`${dir}/${path}` as PackPath, content]));
  const observed = new Map<PackPath, ObservedFile>();
  for (const [path, content] of bytes) {
    // What lies elsewhere is of interest only when an action names it.
    const role = roleOf(path);
    if (role !== undefined) observed.set(path, observe(path, role, content, maxFileBytes));
  }
  return {
    bytes,
    observed: {
      ...{ source: apiSource, dir, state: 'pack', files: observed, complete: true, settled: true },
      ...{ trouble: [], fingerprint: '', compared: 'first' },
    },
  };
}

function observe(
  path: PackPath,
  role: ObservedFile['role'],
  content: Uint8Array,
  maxFileBytes: number,
): ObservedFile {
  if (content.length <= maxFileBytes)
    return { path, role, digest: createHash('sha256').update(content).digest('hex') as Digest, findings: [] };
  const finding: Finding = {
    ...{ code: 'READ_TOO_BIG', severity: 'error', line: 1, column: 1 },
    message: `the file has ${content.length} bytes, more than the ${maxFileBytes} allowed`,
    help: 'split it, or raise PACKWATCH_MAX_FILE_BYTES',
  };
  return { path, role, digest: null, findings: [finding] };
}

async function readManifest(ports: WritePorts, { bytes, observed }: Unpacked): Promise<ManifestVerdict> {
  const file = manifestOf(observed);
  const content = file?.digest == null ? undefined : bytes.get(file.path);
  const checked = content && (await ports.check('manifest', content));
  return manifestVerdict(observed, checked, ports.strict);
}

/** Of every action and workflow, and of what actions name outside the usual directories. */
async function gatherFacts(
  ports: WritePorts,
  { bytes, observed }: Unpacked,
  packRef: PackRef,
): Promise<readonly FileFacts[]> {
  const facts: FileFacts[] = [];
  const waiting = [...observed.files.values()].filter((file) => file.role !== 'manifest');
  const seen = new Set(observed.files.keys());
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    const fact = await factsOf(ports, file, bytes.get(file.path), observed.dir, packRef);
    facts.push(fact);
    for (const link of fact.links) {
      const content = bytes.get(link);
      if (content === undefined || seen.has(link)) continue;
      seen.add(link);
      waiting.push(observe(link, 'workflow', content, ports.maxFileBytes));
    }
  }
  return facts;
}

async function factsOf(
  ports: WritePorts,
  file: ObservedFile,
  content: Uint8Array | undefined,
  dir: PackDir,
  packRef: PackRef,
): Promise<FileFacts> {
  if (file.digest === null || content === undefined) return factsOfUnreadable(file, undefined);
  // A file at a time, and the event loop has its turn between two: there may be thousands.
  await ports.sleep(0);
  return factsOfChecked(file, await ports.check(file.role, content), dir, packRef);
}
