// How long reads of the catalogue take with so many definitions, and with eight times as many: what an index serves hardly differs.
// Usage: npm run build && node bench/catalogue-reads.mjs [--definitions 5000] [--rounds 20]
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbedded } from '../dist/embedded/start.js';
import { createCatalog } from '../dist/store/catalog.js';
import { connect } from '../dist/store/connect.js';
import { migrate, readMigrations } from '../dist/store/migrate.js';

const { values } = parseArgs({
  options: { definitions: { type: 'string', default: '5000' }, rounds: { type: 'string', default: '20' } },
});
const rounds = Number(values.rounds);
const step = Number(values.definitions);
const dir = mkdtempSync(join(tmpdir(), 'pw-bench-'));
const server = await startEmbedded({ stateDir: join(dir, 'state') });
const database = connect({ target: server.connection, schema: 'packwatch', max: 2, deadlineMs: 600_000 });
try {
  await migrate(database, await readMigrations());
  const few = await measure(0, step);
  const many = await measure(step, 8 * step);
  const ratio = Object.fromEntries(
    Object.entries(many).map(([name, ms]) => [name, Math.round((10 * ms) / few[name]) / 10]),
  );
  process.stdout.write(
    `${JSON.stringify({ definitions: step, few, many, ratio, load: loadavg()[0]?.toFixed(1) })}\n`,
  );
} finally {
  await database.close(1);
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
}

/** Median ms of each read once definitions `from` to `to` are there too, 20 in a pack, each with 8 kB and two calls. */
async function measure(from, to) {
  await fill(from, to);
  const catalog = createCatalog(database);
  const all = {
    page: 1,
    pageSize: 50,
    pack: undefined,
    tags: [],
    tagsAny: [],
    statuses: ['active', 'degraded'],
  };
  const list = { ...all, enabled: undefined, source: undefined, q: undefined, sort: undefined };
  const reads = {
    list: () => catalog.listWorkflows(list),
    'list of a pack': () => catalog.listWorkflows({ ...list, pack: 'p7' }),
    'list by time': () => catalog.listWorkflows({ ...list, sort: '-updated' }),
    'search of a ref': () => catalog.listWorkflows({ ...list, q: 'p7.w7' }),
    facets: () => catalog.listWorkflows({ ...list, facets: true }),
    get: () => catalog.getWorkflow('p7.w7'),
    callers: () => catalog.listCallers('p7.w7', { page: 1, pageSize: 50 }),
    'tag of one': () => catalog.workflowTag('p7.w7'),
    'tag of all': () => catalog.catalogTag(),
  };
  const medians = {};
  for (const [name, read] of Object.entries(reads)) {
    await read();
    const times = [];
    for (let round = 0; round < rounds; round += 1) {
      const startedMs = performance.now();
      await read();
      times.push(performance.now() - startedMs);
    }
    medians[name] = Math.round(10 * times.sort((a, b) => a - b)[Math.floor(rounds / 2)]) / 10;
  }
  return medians;
}

async function fill(from, to) {
  const packs = step / 20;
  const run = (text) => database.run((sql) => sql.unsafe(text), 600_000);
  await run(`set packwatch.writer = 'on'; set search_path = packwatch;
    insert into pack (ref, label, version, source, source_path)
      select 'p' || n, 'Pack ' || n, '1.0.0', 'root:many', 'p' || n
      from generate_series(${from} / 20, ${to} / 20 - 1) n;
    insert into workflow_definition (ref, pack, pack_ref, label, version, definition, tags, revision, last_number, source,
        source_path, source_text, file_digest, updated)
      select p.ref || '.w' || n, p.id, p.ref, 'Workflow ' || n, '1.0.0',
        jsonb_build_object('tasks', jsonb_build_array(
          jsonb_build_object('name', 'build' || n, 'action', 'core.run',
            'input', (select jsonb_agg(md5((n * i)::text)) from generate_series(1, 200) i)),
          jsonb_build_object('name', 'then', 'action', 'p' || n % ${packs} || '.w' || n % ${step}))),
        array['t' || n % 100], encode(sha256(n::text::bytea), 'hex'), 1, 'root:many', p.ref || '/workflows/w' || n || '.yaml',
        'x', encode(sha256(n::text::bytea), 'hex'), now() - make_interval(secs => n * 7919 % 5000)
      from generate_series(${from}, ${to} - 1) n
      join pack p on p.ref = 'p' || (case when n < ${step} then n % ${packs} else n / 20 end);
    insert into workflow_revision (workflow_definition, number, revision, definition, source_text, version, cause)
      select id, 1, revision, definition, source_text, version, 'start' from workflow_definition w
      where not exists (select from workflow_revision r where r.workflow_definition = w.id);
    insert into pack_file (source, path, dir, pack_ref, role, ref, digest, checked_by, state)
      select source, source_path, pack_ref, pack_ref, 'workflow', ref, file_digest, 'rules', 'valid' from workflow_definition
      on conflict do nothing;
    reset packwatch.writer; reset search_path`);
  await run('vacuum analyze');
}
