// Parameters: JSON on stdin.
import { rm } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { json } from 'node:stream/consumers';

const { dir, path } = await json(process.stdin);
const target = resolve(dir, path);
if (!target.startsWith(resolve(dir) + sep)) {
  console.error(`${path} leads out of ${dir}`);
  process.exit(64);
}
await rm(target, { force: true });
