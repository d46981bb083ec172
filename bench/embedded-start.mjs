// How long the embedded server takes to be ready: in an empty state directory (initdb included) and in one that it knows.
// Usage: npm run build && node bench/embedded-start.mjs [--rounds 5]
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbedded } from '../dist/embedded/start.js';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const first = [];
const again = [];
for (let round = 0; round < Number(values.rounds); round++) {
  const dir = mkdtempSync(join(tmpdir(), 'pw-bench-'));
  for (const times of [first, again]) {
    const server = await startEmbedded({ stateDir: join(dir, 'state') });
    times.push(Math.round(server.startupMs));
    await server.stop();
  }
  rmSync(dir, { recursive: true, force: true });
}
const load = loadavg()[0]?.toFixed(1);
process.stdout.write(`${JSON.stringify({ firstStartMs: first, laterStartMs: again, load })}\n`);
