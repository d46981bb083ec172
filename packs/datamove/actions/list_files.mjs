// Parameters: JSON on stdin. Result: `{"files": ["a/b.csv"], "bytes": 12}`.
import { lstat, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { json } from 'node:stream/consumers';

const { dir, older_than_days = 0 } = await json(process.stdin);
const newestMs = Date.now() - older_than_days * 86_400_000;
const files = [];
let bytes = 0;
for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath, entry.name);
  const { size, mtimeMs } = await lstat(path);
  if (mtimeMs > newestMs) continue;
  files.push(relative(dir, path));
  bytes += size;
}
console.log(JSON.stringify({ files: files.sort(), bytes }));
