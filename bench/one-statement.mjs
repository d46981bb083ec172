// Why the store has no client-side transaction: eight writers while the server loses all its connections again and again,
// once with single statements, once with the driver's `begin`. Each way in a process of its own, as it may not survive.
// Counted: writes done, writes half applied (a pair of rows of which one is there), errors that nobody could catch.
// Usage: npm run build && node bench/one-statement.mjs [--rounds 8]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '8' }, child: { type: 'string' } },
});

if (values.child === undefined) {
  for (const way of ['statement', 'begin']) {
    const ran = spawnSync(
      process.execPath,
      [import.meta.filename, '--rounds', values.rounds, '--child', way],
      {
        timeout: 120_000,
      },
    );
    const told = String(ran.stdout).trim() || `ended with ${ran.status ?? ran.signal}: ${ran.stderr}`;
    process.stdout.write(`${way.padEnd(10)} ${told}\n`);
  }
  process.exit(0);
}

const { default: postgres } = await import('postgres');
const { startEmbedded } = await import('../dist/embedded/start.js');
const dir = mkdtempSync(join(tmpdir(), 'pw-bench-'));
const server = await startEmbedded({ stateDir: join(dir, 'state') });
const connection = { ...server.connection, onnotice: () => undefined };
const admin = postgres({ ...connection, max: 1 });
await admin`create table pair (id bigint, side text)`;

let done = 0;
let refused = 0;
let nextId = 0;
const uncaught = [];
process.on('uncaughtException', (error) => uncaught.push(error.message));
process.on('unhandledRejection', (error) => uncaught.push(error.message));

// Statements as the store's pool sends them; `begin` as the driver does by default, as with `max_pipeline: 0` none gets through.
const settings = values.child === 'statement' ? { prepare: false, max_pipeline: 0 } : {};
const sql = postgres({ ...connection, max: 8, ...settings });
const write = {
  statement: (id) => sql`insert into pair select ${id}::bigint, side from unnest(array['a', 'b']) side`,
  begin: (id) =>
    sql.begin(async (tx) => {
      await tx`insert into pair values (${id}, 'a')`;
      await tx`insert into pair values (${id}, 'b')`;
    }),
}[values.child];

let isRunning = true;
const writers = Array.from({ length: 8 }, async () => {
  while (isRunning) {
    // A driver that forgets a caller must not stop the count.
    const outcome = await Promise.race([
      write(++nextId).then(
        () => 'done',
        () => 'refused',
      ),
      sleep(2_000, 'silent', { ref: false }),
    ]);
    if (outcome === 'done') done++;
    else refused++;
    if (outcome !== 'done') await sleep(5);
  }
});
for (let round = 0; round < Number(values.rounds); round++) {
  await sleep(300 + (round % 4) * 37);
  await admin`select pg_terminate_backend(pid) from pg_stat_activity
              where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`;
}
await sleep(300);
isRunning = false;
await Promise.race([Promise.all(writers), sleep(5_000)]);
const halves = await admin`select id from pair group by id having count(*) <> 2`;
process.stdout.write(`${JSON.stringify({ done, refused, halfApplied: halves.length, uncaught })}\n`);
await Promise.race([Promise.all([sql.end({ timeout: 1 }), admin.end({ timeout: 1 })]), sleep(3_000)]);
await server.stop();
rmSync(dir, { recursive: true, force: true });
process.exit(0);
