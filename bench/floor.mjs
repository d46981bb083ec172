// The floor of any registration: every file of a root is read and hashed, by 16 readers at once, and nothing is done with it.
// Usage: node bench/floor.mjs ROOT. Prints {"files", "bytes", "ms"}.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const [root] = process.argv.slice(2);
const begunMs = performance.now();
const entries = await readdir(root, { recursive: true, withFileTypes: true });
const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
let next = 0;
let bytes = 0;
async function reader() {
  while (next < paths.length) {
    const path = paths[next];
    next += 1;
    const content = await readFile(path);
    createHash('sha256').update(content).digest();
    bytes += content.length;
  }
}
await Promise.all(Array.from({ length: 16 }, reader));
process.stdout.write(
  `${JSON.stringify({ files: paths.length, bytes, ms: Math.round(performance.now() - begunMs) })}\n`,
);
