// A ground for removals: roots on disk, the pass of the program over them into a real database, and a reckoning of its own of what
// went. In memory is only what the program keeps in memory; `restart` forgets it.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const pruneMaxPercent = 20;
/** What the contract lets go in ten minutes without a question. */
export const limitOf = (count) => Math.max(3, Math.floor((count * pruneMaxPercent) / 100));

export const workflow = (x) =>
  `version: 1.0.0\nvars:\n  x: ${x}\ntasks:\n  - name: only\n    action: core.echo\n`;
const manifest = (ref) => `ref: ${ref}\nversion: 1.0.0\n`;

/**
 * `program`: `createEngine`, `createWriter` and `database` of a built program. `name` begins the names of sources and packs, so that
 * grounds may share a database.
 */
export async function createGround({ base, name, program, sql, chance, guardPercent = pruneMaxPercent }) {
  const outside = join(base, name, 'outside');
  mkdirSync(outside, { recursive: true });
  const sources = new Map();
  let count = 0;
  let engine;
  const complaints = [];
  const counts = { passes: 0, unconfirmed: 0 };
  const fresh = () => {
    count += 1;
    return join(outside, `t${count}`);
  };

  const start = () => {
    engine = program.createEngine({
      config: {
        roots: [...sources.values()].map(({ source, root }) => ({ source, path: root })),
        ...{ maxFileBytes: 1_048_576, cacheBytes: 8_388_608, concurrency: 2, strict: false },
        ...{ pruneMaxPercent: guardPercent, drift: 'heal', rescanS: 30 },
      },
      registry: program.createWriter({ database: program.database, epochOf: () => 1 }),
      dryRun: false,
      onPack: () => undefined,
    });
  };

  async function addRoot(key, packs) {
    const root = join(base, name, key);
    const source = `root:${name}${key}`;
    await sql`insert into source_lease (source, holder, epoch, expires_at) values (${source}, 'the test', 1, 'infinity')`;
    const one = { source, root, live: new Set(), lost: new Set(), highest: 0, agreed: new Set() };
    sources.set(key, one);
    for (const [ref, names] of Object.entries(packs)) {
      const dir = fresh();
      for (const [kind, stem] of names) writeTo(dir, kind, stem, 0);
      writeFileSync(join(dir, 'pack.yaml'), manifest(ref));
      mkdirSync(root, { recursive: true });
      renameSync(dir, join(root, ref));
    }
    return one;
  }

  const writeTo = (dir, kind, stem, x) => {
    const put = (path, text) => {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      const temporary = fresh();
      writeFileSync(temporary, text);
      renameSync(temporary, join(dir, path));
    };
    if (kind === 'workflow') put(`workflows/${stem}.yaml`, workflow(x));
    else put(`actions/${stem}.yaml`, `label: A ${x}\nentry_point: run.sh\n`);
  };

  async function served({ source }) {
    const rows =
      await sql`select ref from workflow_definition where source = ${source} and status <> 'retired'
      union select ref from action where source = ${source} and status <> 'retired'`;
    return new Set(rows.map(({ ref }) => ref));
  }

  /** What went since the last call, against what may go unasked. */
  async function reckon(one) {
    const now = await served(one);
    one.highest = Math.max(one.highest, new Set([...one.live, ...now]).size);
    for (const ref of one.live) if (!now.has(ref)) one.lost.add(ref);
    for (const ref of now) one.lost.delete(ref);
    one.live = now;
    const unconfirmed = [...one.lost].filter((ref) => !one.agreed.has(ref)).length;
    const beyond = unconfirmed - (one.isEmpty ? 0 : limitOf(one.highest));
    if (beyond > 0) {
      counts.unconfirmed += beyond;
      complaints.push(`${one.source}: ${unconfirmed} of ${one.highest} went unasked`);
    }
  }

  return {
    ...{ name, chance, sources, counts, complaints, sql, addRoot, writeTo, served, fresh },
    complain: (text) => complaints.push(`${name}: ${text}`),
    /** Full passes until nothing has to be looked at again. */
    async pass() {
      engine ?? start();
      let scopes = new Map([...sources.values()].map(({ source }) => [source, 'all']));
      for (let tries = 0; scopes.size > 0; tries += 1) {
        if (tries === 60) throw new Error(`${name}: the passes do not come to an end`);
        if (tries > 0) await sleep(60);
        const report = await engine.reconcile({ scopes, cause: 'rescan', oldestSeenAtMs: performance.now() });
        counts.passes += 1;
        const [refused] = report.refused;
        if (refused) throw refused.error;
        scopes = report.again;
      }
      for (const one of sources.values()) await reckon(one);
    },
    async restart() {
      await engine?.loader.close();
      engine = undefined;
    },
    /** The window of ten minutes is over for what happened up to now. */
    async age() {
      for (const one of sources.values()) {
        await sql`update catalog_change set at = at - interval '11 minutes' where source = ${one.source}`;
        one.lost.clear();
        one.highest = one.live.size;
      }
    },
    /** `[dir, kind, stem, path]` of every file of ours. */
    files({ root }) {
      const found = [];
      for (const dir of existsSync(root) ? readdirSync(root).sort() : [])
        for (const [directory, kind] of [
          ['workflows', 'workflow'],
          ['actions', 'action'],
        ])
          for (const file of existsSync(join(root, dir, directory))
            ? readdirSync(join(root, dir, directory)).sort()
            : [])
            found.push({
              dir,
              kind,
              stem: file.replace(/(\.workflow)?\.yaml$/, ''),
              path: join(root, dir, directory, file),
            });
      return found;
    },
    packs: ({ root }) => readdirSync(root).sort(),
    setManifest: ({ root }, dir, ref) => {
      const temporary = fresh();
      writeFileSync(temporary, ref === null ? 'version: [\n' : manifest(ref));
      renameSync(temporary, join(root, dir, 'pack.yaml'));
    },
    remove: (path) => rmSync(path, { recursive: true, force: true }),
    move(from, to) {
      mkdirSync(dirname(to), { recursive: true });
      renameSync(from, to);
    },
    mode: (path, mode) => chmodSync(path, mode),
    copyRoot({ root }) {
      const copy = fresh();
      cpSync(root, copy, { recursive: true });
      return copy;
    },
    /** Puts a copy in the place of the root's directories, one rename each; the root stays the directory it is. */
    putBack({ root }, copy) {
      mkdirSync(root, { recursive: true });
      for (const dir of readdirSync(root)) renameSync(join(root, dir), fresh());
      for (const dir of readdirSync(copy)) renameSync(join(copy, dir), join(root, dir));
    },
    openBatches: ({ source }) =>
      sql`select id, reason, pending from held_batch where source = ${source} and state = 'open' order by id`,
    async decide(one, verdict) {
      for (const { id, pending } of await this.openBatches(one)) {
        await sql`select decide_batch(${id}, ${verdict})`;
        if (verdict === 'approved') for (const ref of pending) one.agreed.add(ref);
      }
    },
    async end() {
      await engine?.loader.close();
      for (const { source } of sources.values()) await sql`delete from source_lease where source = ${source}`;
      rmSync(join(base, name), { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    },
  };
}

/** So many packs with so many workflows and plain actions each. */
export function somePacks(prefix, { below }, { packs = 2 + below(4), least = 3, most = 12 } = {}) {
  return Object.fromEntries(
    Array.from({ length: packs }, (_, at) => {
      const size = least + below(most - least + 1);
      const names = Array.from({ length: size }, (_, index) => [
        index % 5 === 4 ? 'action' : 'workflow',
        `w${index}`,
      ]);
      return [`${prefix}${at}`, names];
    }),
  );
}
