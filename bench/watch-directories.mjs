// Watches of directories alone (ours) beside chokidar's own recursive watch, on the same generated packs, each in a process
// of its own: inotify watches, time until watching, memory. Linux only.
// Usage: npm run bench:build && node bench/watch-directories.mjs [--packs 20] [--workflows 200]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    packs: { type: 'string', default: '20' },
    workflows: { type: 'string', default: '200' },
    child: { type: 'string' },
    dir: { type: 'string' },
  },
});

/** Watches of all inotify descriptors of this process. */
const inotifyWatches = () =>
  readdirSync('/proc/self/fdinfo').reduce((count, fd) => {
    try {
      return count + (readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').match(/^inotify /gm)?.length ?? 0);
    } catch {
      return count; // the descriptor of the listing itself
    }
  }, 0);

const ways = {
  async ours(dir) {
    const { createWatcher } = await import('../dist/watch/watcher.js');
    const watcher = createWatcher({
      roots: [{ source: 'root:bench', name: 'bench', path: dir }],
      mode: 'events',
      onEvent: () => undefined,
      onError: (error) => process.stderr.write(`${error}\n`),
      nowMs: () => performance.now(),
    });
    await watcher.start();
  },
  async chokidar(dir) {
    const { watch } = await import('chokidar');
    await new Promise((resolve) => watch(dir, { ignoreInitial: true }).on('ready', resolve));
  },
};

if (values.child !== undefined) {
  const begunMs = performance.now();
  await ways[values.child](values.dir);
  const readyMs = Math.round(performance.now() - begunMs);
  const rssMb = Math.round(process.memoryUsage().rss / 1e6);
  process.stdout.write(JSON.stringify({ watches: inotifyWatches(), readyMs, rssMb }));
  process.exit(0);
}

const { writePacks } = await import('../dist-bench/generate-cli.js');
const dir = mkdtempSync(join(tmpdir(), 'pw-bench-'));
const options = { seed: 1, packs: Number(values.packs), workflowsPerPack: Number(values.workflows) };
const { files } = await writePacks(dir, options);
process.stdout.write(`${files} files in ${values.packs} packs\n`);
for (const name of ['ours', 'chokidar', 'ours', 'chokidar']) {
  const ran = spawnSync(process.execPath, [import.meta.filename, '--child', name, '--dir', dir]);
  process.stdout.write(`${name.padEnd(10)} ${ran.stdout}${ran.stderr}\n`);
}
rmSync(dir, { recursive: true, force: true });
