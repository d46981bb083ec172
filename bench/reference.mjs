// The reference platform's way of registering a root, on the libraries used here: one file after another, parsed, validated against
// the schema, looked up, inserted or updated, a row and a statement at a time, no transaction, nothing remembered. What its validator
// does beyond the schema is left out, which favours it.
// Usage: node bench/reference.mjs ROOT CONNECTION, the driver's options as JSON; the tables are those of `createReference`. Prints {"files", "invalid", "statements", "ms"}.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { load } from 'js-yaml';
import postgres from 'postgres';
import { schemas } from '../dist/language/validate.js';

const [root, connection] = process.argv.slice(2);
const sql = postgres({ ...JSON.parse(connection), max: 1, onnotice: () => undefined });
const begunMs = performance.now();
let statements = 0;
let files = 0;
const run = (query) => {
  statements += 1;
  return query;
};

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, validateSchema: false });
const isWorkflow = ajv.compile(schemas.workflow);
let invalid = 0;

async function registerPack(dir) {
  const manifest = load(await readFile(join(root, dir, 'pack.yaml'), 'utf8'));
  const [pack] = await run(sql`select id from reference.pack where ref = ${manifest.ref}`);
  const [{ id }] = pack
    ? await run(sql`
        update reference.pack set label = ${manifest.label}, version = ${manifest.version}, updated = now()
        where id = ${pack.id} returning id`)
    : await run(sql`
        insert into reference.pack (ref, label, version) values (${manifest.ref}, ${manifest.label}, ${manifest.version})
        returning id`);
  return { id, ref: manifest.ref };
}

async function registerWorkflow(pack, path) {
  files += 1;
  const from = load(await readFile(path, 'utf8'));
  if (!isWorkflow(from)) {
    invalid += 1;
    return;
  }
  const { ref, label, description = null, version, tags = [] } = from;
  const schemas = [sql.json(from.parameters ?? null), sql.json(from.output ?? null)];
  const [known] = await run(sql`select id from reference.workflow_definition where ref = ${ref}`);
  if (known) {
    await run(sql`
      update reference.workflow_definition set label = ${label}, description = ${description}, version = ${version},
        param_schema = ${schemas[0]}, out_schema = ${schemas[1]}, definition = ${sql.json(from)}, tags = ${tags},
        updated = now()
      where id = ${known.id}`);
    await run(sql`
      update reference.action set label = ${label}, description = ${description}, param_schema = ${schemas[0]},
        out_schema = ${schemas[1]}, updated = now()
      where workflow_def = ${known.id}`);
    return;
  }
  const [{ id }] = await run(sql`
    insert into reference.workflow_definition (ref, pack, pack_ref, label, description, version, param_schema, out_schema,
      definition, tags)
    values (${ref}, ${pack.id}, ${pack.ref}, ${label}, ${description}, ${version}, ${schemas[0]}, ${schemas[1]},
      ${sql.json(from)}, ${tags})
    returning id`);
  const [action] = await run(sql`
    insert into reference.action (ref, pack, pack_ref, label, description, entrypoint, param_schema, out_schema)
    values (${ref}, ${pack.id}, ${pack.ref}, ${label}, ${description}, ${`workflows/${ref}.workflow.yaml`}, ${schemas[0]},
      ${schemas[1]})
    returning id`);
  await run(sql`update reference.action set workflow_def = ${id} where id = ${action.id}`);
}

for (const dir of (await readdir(root)).sort()) {
  const pack = await registerPack(dir);
  const workflows = join(root, dir, 'workflows');
  for (const name of (await readdir(workflows)).sort()) await registerWorkflow(pack, join(workflows, name));
}
await sql.end();
process.stdout.write(
  `${JSON.stringify({ files, invalid, statements, ms: Math.round(performance.now() - begunMs) })}\n`,
);
