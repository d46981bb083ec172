// Parameters: JSON on stdin. Result: `{"path": "…", "sha256": "…"}`.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

async function sha256(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

const { from, to, path } = await json(process.stdin);
const source = join(from, path);
const target = join(to, path);
if (!resolve(target).startsWith(resolve(to) + sep)) {
  console.error(`${path} leads out of ${to}`);
  process.exit(64);
}
const part = `${target}.part`;
await mkdir(dirname(target), { recursive: true });
await copyFile(source, part);
const digest = await sha256(source);
if ((await sha256(part)) !== digest) {
  await rm(part);
  console.error(`${path} changed while it was copied`);
  process.exit(1);
}
await rename(part, target);
console.log(JSON.stringify({ path, sha256: digest }));
