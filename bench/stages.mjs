// The stages of a first load, one after another in one process, so that nothing hides behind anything else: what each costs alone.
// A whole load does them side by side. Needs a server of its own, which it starts.
// Usage: npm run bench:build && node bench/stages.mjs [--packs 100] [--workflows 40] [--bytes 1900] [--rounds 3] [--seed 1] [--json]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkAsText } from '../dist/language/check-text.js';
import { decodeBytes } from '../dist/language/decode.js';
import { parseDocument } from '../dist/language/parse.js';
import { direct } from '../dist/load/file-access.js';
import { readListed } from '../dist/load/read.js';
import { scanPack, scanRoot } from '../dist/load/scan.js';
import { desiredPack } from '../dist/registry/desired.js';
import { factsOfChecked } from '../dist/registry/facts.js';
import { planPack } from '../dist/registry/plan.js';
import { connect } from '../dist/store/connect.js';
import { createLeaseKeeper } from '../dist/store/lease.js';
import { migrate, readMigrations } from '../dist/store/migrate.js';
import { createWriter } from '../dist/store/writer.js';
import { writePacks } from '../dist-bench/generate-cli.js';
import { createServer } from './server.mjs';

const { values } = parseArgs({
  options: {
    packs: { type: 'string', default: '100' },
    workflows: { type: 'string', default: '40' },
    bytes: { type: 'string', default: '1900' },
    rounds: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const base = mkdtempSync(join(tmpdir(), 'pw-stages-'));
const root = { source: 'root:bench', path: join(base, 'packs') };
const corpus = await writePacks(root.path, {
  ...{ seed: Number(values.seed), packs: Number(values.packs) },
  ...{ workflowsPerPack: Number(values.workflows), bytesPerWorkflow: Number(values.bytes) },
});
const server = await createServer(join(base, 'state'));
const times = new Map();

/** Milliseconds by the clock, of this process's processor time, and of the server's. */
async function time(stage, work) {
  const begun = [performance.now(), ownCpuMs(), serverCpuMs()];
  const result = await work();
  const ended = [performance.now(), ownCpuMs(), serverCpuMs()];
  times.set(stage, [...(times.get(stage) ?? []), ended.map((ms, at) => ms - begun[at])]);
  return result;
}

/** With that of programs which were started here and have ended; those in ticks of 10 ms. */
function ownCpuMs() {
  const { user, system } = process.cpuUsage();
  const [childUser, childSystem] = statOf('self').slice(13, 15);
  return (user + system) / 1000 + (Number(childUser) + Number(childSystem)) * 10;
}

/** Of the postmaster, its children and those that have ended. In ticks of 10 ms. */
function serverCpuMs() {
  let ticks = 0;
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const fields = statOf(name);
    if (Number(name) === server.pid) ticks += fields.slice(11, 15).reduce((sum, one) => sum + Number(one), 0);
    else if (Number(fields[1]) === server.pid) ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * 10;
}

/** The fields of a process behind its name; none where it has just ended. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
    return [];
  }
}

async function inTurn(items, work) {
  const results = [];
  for (const item of items) results.push(await work(item));
  return results;
}

/** A registry that takes everything and does nothing. */
const nowhere = { schema: 'packwatch', run: async () => [{ answer: { written: 1, version: 1 } }] };

/** A pack as planned into an empty registry. Its manifest is no matter here. */
function planOf({ dir, files }) {
  const [manifest, ...others] = files.toSorted((a, b) => (b.role === 'manifest') - (a.role === 'manifest'));
  const packRef = manifest.checked.file?.ref ?? dir;
  const facts = new Map(others.map((file) => [file.path, factsOfChecked(file, file.checked, dir, packRef)]));
  const registered = { pack: undefined, workflows: new Map(), actions: new Map(), files: new Map() };
  const pack = {
    ...{
      ref: packRef,
      label: packRef,
      description: null,
      version: '1.0.0',
      confSchema: {},
      config: {},
      meta: {},
    },
    ...{ tags: [], runtimeDeps: [], dependencies: [], isStandard: false, dir, revision: null },
  };
  const input = {
    source: root.source,
    dir,
    packRef,
    pack,
    facts,
    complete: true,
    checkedBy: '',
    registered,
    rivals: [],
  };
  return planPack(desiredPack(input), registered);
}

async function measure() {
  await time('start', () => spawnSync(process.execPath, ['dist/main.js', 'sync', '--help']));
  const { dirs } = await scanRoot(direct, root);
  const listings = await time('scan', () => inTurn(dirs, (dir) => scanPack(direct, root, dir, [])));
  const read = await time('read', () =>
    inTurn(listings, async ({ files }) =>
      inTurn(files, (file) => readListed(direct, file.realPath, 1 << 20)),
    ),
  );
  const texts = read.flat().map(({ bytes }) => decodeBytes(bytes).text);
  await time('parse', () => texts.map((text) => parseDocument(text)));
  const checked = await time('check, parsing included', () =>
    listings.map(({ files }, pack) =>
      files.map((file, at) => checkAsText(file.role, read[pack][at].bytes, { strict: false })),
    ),
  );
  const packs = listings.map(({ files }, pack) => ({
    dir: dirs[pack],
    files: files.map(({ path, role }, at) => ({
      path,
      role,
      digest: read[pack][at].digest,
      findings: [],
      checked: checked[pack][at],
    })),
  }));
  const plans = await time('link and plan', () => packs.map(planOf));
  const idle = createWriter({ database: nowhere, epochOf: () => 1 });
  await time('encode', () => inTurn(plans, (plan) => idle.apply(plan, 'start')));
  await write(plans);
}

async function write(plans) {
  const { connection, drop } = await server.createDatabase();
  const database = connect({ target: connection, schema: 'packwatch', max: 2 });
  await time('migrate', async () => migrate(database, await readMigrations()));
  const keeper = createLeaseKeeper({
    ...{ database, sources: [root.source], holder: 'the bench', isDead: () => false },
    ...{ onGained: () => undefined, onLost: () => undefined, onError: () => undefined },
  });
  await keeper.acquire();
  keeper.keep();
  const writer = createWriter({ database, epochOf: keeper.epochOf, keepRevisions: 1000 });
  const results = await time('encode and database', () =>
    inTurn(plans, (plan) => writer.apply(plan, 'start')),
  );
  if (results.some(({ outcome }) => outcome !== 'applied'))
    throw new Error(`not applied: ${JSON.stringify(results[0])}`);
  await keeper.release();
  await database.close(5);
  await drop();
}

try {
  for (let round = 0; round < Number(values.rounds); round += 1) await measure();
} finally {
  await server.stop();
  rmSync(base, { recursive: true, force: true });
}
const medianOf = (list) => Math.round(list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]);
const medians = [...times].map(([stage, rounds]) => [
  stage,
  [0, 1, 2].map((at) => medianOf(rounds.map((ms) => ms[at]))),
]);
if (values.json) console.log(JSON.stringify({ corpus, median_ms: Object.fromEntries(medians) }, null, 2));
else {
  console.log(
    `  ${'ms'.padEnd(26)} ${['clock', 'own cpu', 'server cpu'].map((word) => word.padStart(10)).join(' ')}`,
  );
  for (const [stage, all] of medians)
    console.log(`  ${stage.padEnd(26)} ${all.map((ms) => String(ms).padStart(10)).join(' ')}`);
}
