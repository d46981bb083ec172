// Packs on disk → a verdict on every file, without a registry: what `check` shows. The same scan, rules and linking as a pass.

import { direct } from '../load/file-access.ts';
import { createLoader, type LoadOptions } from '../load/load.ts';
import { createRootAccesses } from '../load/root-access.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { PackDir, PackPath, PackRef, Root } from '../model/pack.ts';
import type { DesiredPack, FileRow } from '../model/state.ts';
import { createHeirs } from '../reconcile/heirs.ts';
import { gatherFacts, type PackPass, readManifest } from '../reconcile/pack-pass.ts';
import { inParallel } from '../reconcile/parallel.ts';
import { inTurns } from '../reconcile/slices.ts';
import type { CallFinding } from '../registry/calls.ts';
import { unrevised } from '../registry/define.ts';
import { boundDiagnostics, desiredInSteps } from '../registry/desired.ts';
import { inFile } from '../registry/facts.ts';
import { noRules } from '../registry/plan-rules.ts';
import { createCallBook } from './call-book.ts';
import { emptyRegistry } from './empty-registry.ts';
import { packConcurrency, systemClock } from './system-clock.ts';

export type PackChecker = {
  /** Files of the packs of a root; `dirs` undefined: all of them. Sorted by path. A root that cannot be listed: its reason. */
  check(
    root: Root,
    dirs: readonly PackDir[] | undefined,
  ): Promise<readonly FileRow[] | { readonly reason: string }>;
  /**
   * What is wrong with the calls of the files checked so far, by their paths on disk, as far as the packs checked so far tell.
   * Ask when all of them are checked.
   */
  calls(): ReadonlyMap<string, readonly CallFinding[]>;
};

/** Of a loader that nobody else uses, and that looks at everything once. */
const alone = { isDirect: true, cacheBytes: 0, isOutline: true };

export type PackCheckerOptions = Omit<
  LoadOptions,
  'roots' | 'accesses' | 'isDirect' | 'cacheBytes' | 'onParsed' | 'onCacheLookup'
>;

export function createPackChecker(options: PackCheckerOptions): PackChecker {
  const book = createCallBook();
  return {
    calls: () => book.judge(),
    async check(root, dirs) {
      // Nobody else waits for this event loop: calls that wait cost least.
      const accesses = createRootAccesses({ roots: [root], access: direct });
      const loader = createLoader({ ...options, roots: [root], accesses, ...alone });
      try {
        if (dirs === undefined) loader.prepare();
        const listing = await loader.scanRoot(root.source);
        if (listing.state !== 'listed') return { reason: listing.reason };
        const pass: PackPass = {
          source: root.source,
          disk: loader,
          registry: emptyRegistry,
          checkedBy: '',
          strict: options.strict,
          root: listing,
          packs: new Map(),
          rules: noRules,
          observe: (dir, extra, judged) => loader.observe(root.source, dir, extra, false, judged),
          readPack: (packRef, dir) => emptyRegistry.readPack(root.source, packRef, dir),
          rowsOf: () => new Map(),
          hasStrays: () => false,
          insists: () => false,
          stands: async () => true,
          heirs: createHeirs(),
          inTurns: (steps) => inTurns(systemClock, steps),
          claim: async () => undefined,
        };
        const wanted = dirs ?? listing.dirs;
        const checked = await checkAll(pass, wanted, (seen) => {
          if (seen.desired) book.add(root.path, seen.desired, seen.packRef !== undefined);
        });
        const refused = listing.refused.filter(
          ({ path }) => dirs === undefined || dirs.includes(path as string as PackDir),
        );
        const rows = [
          ...tellRivals(checked),
          ...refused.map(({ path, finding }) => refusedRow(path, inFile(path, [finding]))),
        ];
        return rows.sort((a, b) => (a.path < b.path ? -1 : 1));
      } finally {
        await loader.close();
      }
    },
  };
}

type CheckedPack = {
  readonly dir: PackDir;
  readonly packRef: PackRef | undefined;
  readonly rows: readonly FileRow[];
};

type SeenPack = CheckedPack & { readonly desired: DesiredPack | undefined };

/** A few packs at a time. Each is given to `see` once all before it were, and let go of but for its rows. */
async function checkAll(
  pass: PackPass,
  dirs: readonly PackDir[],
  see: (seen: SeenPack) => void,
): Promise<readonly CheckedPack[]> {
  const done = new Map<PackDir, SeenPack>();
  const checked: CheckedPack[] = [];
  await inParallel(packConcurrency, dirs, async (dir) => {
    done.set(dir, await checkPack(pass, dir));
    for (let next = done.get(dirs[checked.length] as PackDir); next; ) {
      see(next);
      done.delete(next.dir);
      checked.push({ dir: next.dir, packRef: next.packRef, rows: next.rows });
      next = done.get(dirs[checked.length] as PackDir);
    }
  });
  return checked;
}

async function checkPack(pass: PackPass, dir: PackDir): Promise<SeenPack> {
  // Nothing is said of what was judged: few files at a time are checked on threads and here, where nobody else wants the processor.
  const observed = await pass.disk.observe(pass.source, dir, []);
  if (observed.state !== 'pack') return { dir, packRef: undefined, rows: [], desired: undefined };
  const manifest = await readManifest(pass, observed);
  if (!manifest) return checkPack(pass, dir);
  // Without a good manifest the directory's name stands for the ref, so that the other files are checked all the same.
  const packRef = manifest.state === 'named' ? manifest.packRef : (dir as string as PackRef);
  const registered = { pack: undefined, workflows: new Map(), actions: new Map(), files: new Map() };
  const linked = await gatherFacts(pass, observed, packRef, registered, true);
  if (!linked) return checkPack(pass, dir);
  const desired = await pass.inTurns(
    desiredInSteps({
      source: pass.source,
      dir,
      packRef,
      pack: 'same',
      facts: new Map([...manifest.facts.map((facts) => [facts.path, facts] as const), ...linked.facts]),
      complete: linked.observed.complete,
      checkedBy: '',
      registered,
      rivals: [],
      // Nothing is compared with it.
      revise: unrevised,
    }),
  );
  pass.disk.release(pass.source, dir);
  return {
    dir,
    packRef: manifest.state === 'named' ? manifest.packRef : undefined,
    rows: [...desired.files.values()],
    desired,
  };
}

/** Two directories that claim one pack ref are each told of the other. */
function tellRivals(packs: readonly CheckedPack[]): readonly FileRow[] {
  return packs.flatMap(({ dir, packRef, rows }) => {
    const rivals = packs.filter(
      (other) => other.packRef !== undefined && other.packRef === packRef && other.dir !== dir,
    );
    if (rivals.length === 0) return rows;
    const message = `the pack ref ${packRef} is also claimed by ${rivals.map((rival) => rival.dir).join(', ')}`;
    return rows.map((row): FileRow => {
      if (row.role !== 'manifest') return row;
      const finding = {
        code: 'REF_CONFLICT',
        severity: 'error',
        message,
        line: 1,
        column: 1,
        help: 'give one of them another ref',
      } as const;
      return {
        ...row,
        state: 'conflict',
        diagnostics: boundDiagnostics([...row.diagnostics, ...inFile(row.path, [finding])]),
      };
    });
  });
}

function refusedRow(path: PackPath, diagnostics: readonly Diagnostic[]): FileRow {
  return {
    path,
    role: 'manifest',
    ref: null,
    links: [],
    digest: null,
    checkedBy: '',
    state: 'unreadable',
    diagnostics,
  };
}
