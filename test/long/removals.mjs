// Mass removals and ordinary clean-ups, so many of each: nothing goes unasked beyond what may, and nothing ordinary is held. The pass
// of the program runs over real files into a real database, several grounds at once; every tenth ground through `packwatch sync`
// itself at the end. Needs `npm run build`.
// Usage: node test/long/removals.mjs [--rounds 100] [--seed 1] [--resume FILE] [--postgres system]
//   --match TEXT    those scenarios alone whose name has it
//   --null-control  the guard is switched off: the run is good if it finds removals that nobody was asked about
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { heldByModes, openDoor } from '../support/confined.mjs';
import { instrument } from '../support/failpoints.mjs';
import { addTotals, createPlace, createRandom, project, readOptions, startServer } from './harness.mjs';
import { createGround, somePacks } from './removal-ground.mjs';
import { cleanUps, massRemovals } from './removal-scenarios.mjs';

const atOnce = 6;
const options = readOptions({ 'null-control': false, postgres: 'embedded', rounds: 100, match: '' });
const isControl = options['null-control'];

/** The guard switched off. */
const unguarded = {
  'registry/guard.js': (text) => replaceIn(text, 'return isTooMuch ? fresh : [];', 'return [];'),
  'reconcile/guarded.js': (text) => replaceIn(text, 'if (!isSuddenlyEmpty) {', 'if (true) {'),
};
function replaceIn(text, from, to) {
  if (!text.includes(from)) throw new Error(`null control: ${from} is written otherwise now`);
  return text.replace(from, to);
}

/** Runs the program as a process; resolves with its exit code and what it said. */
function runSync(url, one) {
  const args = [
    join(project, 'dist/main.js'),
    'sync',
    `${one.source.slice(5)}=${one.root}`,
    '--format',
    'json',
  ];
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, DATABASE_URL: url };
  const child = spawn(process.execPath, args, { cwd: project, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, report: JSON.parse(out) })));
}

const expectedRefs = (ground, one) =>
  new Set(
    ground.files(one).map(({ dir, stem }) => {
      const [, ref] = /^ref: (\S+)$/m.exec(readFileSync(join(one.root, dir, 'pack.yaml'), 'utf8'));
      return `${ref}.${stem}`;
    }),
  );
const isSame = (a, b) => a.size === b.size && [...a].every((ref) => b.has(ref));

/** What a person does in the end, or that the files come back. */
async function endMass(ground, one, copy, outcome) {
  const batches = await ground.openBatches(one);
  if (outcome === 'held' && batches.length === 0) ground.complain('nothing is held');
  if (outcome === 'outage' && (batches.length > 0 || one.lost.size > 0))
    ground.complain('an outage took something away');
  const verdict = outcome === 'held' ? ground.chance.pick(['back', 'approved', 'rejected']) : 'back';
  if (verdict !== 'back') await ground.decide(one, verdict);
  else ground.putBack(one, copy);
  one.isEmpty = false;
  await ground.restart();
  await ground.pass();
  // Names that the return takes away again may be too many themselves.
  const isTold = verdict === 'back' ? (ref) => !expectedRefs(ground, one).has(ref) : () => false;
  for (const { reason, pending } of await ground.openBatches(one))
    if (!pending.every(isTold))
      ground.complain(`${verdict}: still held for ${reason}: ${pending.join(', ')}`);
  const pending = new Set(batches.flatMap((batch) => batch.pending));
  if (verdict === 'approved' && [...pending].some((ref) => one.live.has(ref)))
    ground.complain('approved: it is still there');
  if (verdict === 'rejected' && [...pending].some((ref) => !one.live.has(ref)))
    ground.complain('rejected: it is gone');
  if (verdict === 'back') {
    const missing = [...expectedRefs(ground, one)].filter((ref) => !one.live.has(ref));
    if (missing.length > 0) ground.complain(`back: ${missing.length} are not served`);
  }
}

async function endCleanUp(ground, one) {
  const held = (await ground.openBatches(one)).flatMap(({ pending }) => pending).length;
  if (held > 0) ground.complain(`${held} of an ordinary clean-up are held`);
  if (held === 0 && !isSame(one.live, expectedRefs(ground, one)))
    ground.complain('the end is another than the files');
  return held;
}

/** A mass removal and a clean-up in turns, each kind in turns. */
function taskOf(at) {
  const kind = at % 2 === 0 ? 'mass' : 'clean-up';
  const list = Object.entries(kind === 'mass' ? massRemovals : cleanUps);
  const [name, scenario] = list[Math.floor(at / 2) % list.length];
  return { number: at + 1, kind, name, scenario };
}

async function run({ base, program, sql, url }, number, kind, name, scenario) {
  const chance = createRandom(options.seed * 1_000_003 + number);
  const ground = await createGround({ base, name: `g${number}x`, program, sql, chance });
  const totals = { unconfirmed: 0, false_holds: 0 };
  try {
    const one = await ground.addRoot('a', somePacks(ground.name, chance));
    await ground.pass();
    if (one.live.size !== expectedRefs(ground, one).size) throw new Error('the ground is not registered');
    await ground.age();
    const copy = ground.copyRoot(one);
    const outcome = await scenario(ground);
    if (kind === 'mass') await endMass(ground, one, copy, outcome);
    else totals.false_holds = await endCleanUp(ground, one);
    if (number % 10 === 0 && !isControl) {
      await sql`update source_lease set holder = null, expires_at = '-infinity' where source = ${one.source}`;
      const before = one.live;
      const { code, report } = await runSync(url, one);
      if (report.retired.length > 0 || !isSame(before, await ground.served(one)))
        ground.complain(`sync (exit ${code}) takes away ${report.retired.length}`);
    }
  } catch (error) {
    ground.complain(error.stack);
  } finally {
    await ground.end();
  }
  totals.unconfirmed = ground.counts.unconfirmed;
  return {
    ...totals,
    passes: ground.counts.passes,
    complaints: ground.complaints.map((text) => `${kind}, ${name}: ${text}`),
  };
}

async function main(url) {
  const place = createPlace('removals');
  const dist = isControl ? join(place.base, 'control/dist') : join(project, 'dist');
  if (isControl) instrument(join(place.base, 'control'), unguarded);
  const load = (path) => import(pathToFileURL(join(dist, path)).href);
  const [{ createEngine }, { createWriter }, { connect }, { migrate, readMigrations }] = await Promise.all(
    ['daemon/engine.js', 'store/writer.js', 'store/connect.js', 'store/migrate.js'].map(load),
  );
  const database = connect({ target: url, schema: 'packwatch', max: 8 });
  await migrate(database, await readMigrations());
  const { default: postgres } = await import('postgres');
  const sql = postgres(url, { max: 4, onnotice: () => undefined, connection: { search_path: 'packwatch' } });
  const with_ = { base: place.base, program: { createEngine, createWriter, database }, sql, url };
  const part = { mass: 0, clean_ups: 0, unconfirmed: 0, false_holds: 0, passes: 0 };
  const complaints = [];
  const tasks = Array.from({ length: 2 * options.rounds }, (_, at) => taskOf(at)).filter(({ name }) =>
    name.includes(options.match),
  );
  const work = async () => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
      const { number, kind, name, scenario } = task;
      const result = await run(with_, number, kind, name, scenario);
      part[kind === 'mass' ? 'mass' : 'clean_ups'] += 1;
      for (const key of ['unconfirmed', 'false_holds', 'passes']) part[key] += result[key];
      complaints.push(...result.complaints);
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, work));
  } finally {
    await sql.end({ timeout: 2 });
    await database.close(1);
    place.remove();
  }
  for (const complaint of complaints.slice(0, isControl ? 3 : 30)) console.error(complaint);
  const totals = addTotals(options.resume, { ...part, complaints: complaints.length }, options.seed);
  console.log(
    `removals${isControl ? ', null control' : ''}: ${totals.mass} mass removals, ${totals.unconfirmed} unconfirmed beyond the limit; ` +
      `${totals.clean_ups} clean-ups, ${totals.false_holds} false holds; ${totals.passes} passes, seeds ${totals.seeds.join(', ')}`,
  );
  return isControl ? part.unconfirmed > 0 : complaints.length === 0;
}

// The server is started first, by a process with all its rights; the passes run in one that modes of files hold, root or not.
if (process.env.REMOVALS_URL) process.exitCode = (await main(process.env.REMOVALS_URL)) ? 0 : 1;
else {
  if (heldByModes === undefined)
    throw new Error('modes of files do not hold here: directories cannot be made unreadable');
  const place = createPlace('removals-server');
  const server = await startServer(join(place.base, 'state'), options.postgres);
  const atEnd = [];
  // A door over TCP: the server's own directory is another user's.
  const url = await openDoor(server.connection, (close) => atEnd.push(close));
  const args = [process.execPath, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const [command, ...rest] = [...heldByModes, ...args];
  const child = spawn(command, rest, { env: { ...process.env, REMOVALS_URL: url }, stdio: 'inherit' });
  process.exitCode = await new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  for (const close of atEnd) await close();
  await server.stop();
  place.remove();
}
