// A stand-in for an executor in a container beside Packwatch: follows the changes over HTTP, and reads in SQL what is served, as
// something that runs workflows would before it runs one. Prints a line for each.
// Usage: node sidecar-executor.mjs URL, with EXECUTOR_TOKEN_FILE and EXECUTOR_DATABASE_URL_FILE naming files
import { readFileSync } from 'node:fs';
import postgres from 'postgres';
import { keepCopy } from './executor.mjs';

const secret = (name) => readFileSync(process.env[name], 'utf8').trim();
const sql = postgres(secret('EXECUTOR_DATABASE_URL_FILE'), { max: 1 });

async function tell(version, refs) {
  const served =
    await sql`select ref, revision, definition from packwatch.served_workflow where ref in ${sql(refs)}`;
  const rows = new Map(served.map((row) => [row.ref, row]));
  for (const ref of [...refs].sort()) {
    const row = rows.get(ref);
    const what = row ? `${row.definition.tasks.length} tasks, revision ${row.revision.slice(0, 12)}` : 'gone';
    console.log(`${version} ${ref} ${what}`);
  }
}

const complain = (error) => console.error(error.cause?.code ?? error.message);
const copy = keepCopy({
  urls: process.argv.slice(2),
  token: secret('EXECUTOR_TOKEN_FILE'),
  onChange: (version, refs) => void tell(version, refs).catch(complain),
  onTrouble: complain,
});

process.once('SIGTERM', async () => {
  await copy.stop();
  await sql.end({ timeout: 2 });
});
