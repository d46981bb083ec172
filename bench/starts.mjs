// What commands that answer at once take: the modules that they load, and processor time beside a Node that does nothing, of the best of
// several rounds in turns. The file that is checked lies in a pack of 40.
// Usage: npm run bench:build && node bench/starts.mjs [--rounds 7] [--json]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writePacks } from '../dist-bench/generate-cli.js';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, json: { type: 'boolean', default: false } },
});
const base = mkdtempSync(join(tmpdir(), 'pw-starts-'));

/** Each is loaded before the program: one tells at its end what the process took, one each module that is loaded. */
const cpuHook = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => { const { user, system } = process.cpuUsage(); process._rawDebug('cpu ' + (user + system) / 1000); })",
)}`;
const moduleHook = `data:text/javascript,${encodeURIComponent(
  "export const load = (url, context, next) => { if (url.startsWith('file:')) process._rawDebug('loaded ' + url); return next(url, context); }",
)}`;
const registerHook = `data:text/javascript,${encodeURIComponent(`import { register } from 'node:module'; register(${JSON.stringify(moduleHook)})`)}`;

function run(hook, args) {
  const begunMs = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['--import', hook, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')} left with ${status}: ${stderr}`);
  return { ms: performance.now() - begunMs, told: stderr.split('\n') };
}

try {
  await writePacks(base, { seed: 1, packs: 1, workflowsPerPack: 40, bytesPerWorkflow: 1900 });
  const [pack] = readdirSync(base);
  const [name] = readdirSync(join(base, pack, 'workflows'));
  const commands = {
    node: ['-e', '0'],
    help: ['dist/main.js', '--help'],
    'check of a file': ['dist/main.js', 'check', join(base, pack, 'workflows', name)],
  };
  const least = Object.fromEntries(
    Object.keys(commands).map((command) => [command, { cpu_ms: 1e9, ms: 1e9 }]),
  );
  for (let round = 0; round < Number(values.rounds); round += 1)
    for (const [command, args] of Object.entries(commands)) {
      const { ms, told } = run(cpuHook, args);
      const cpuMs = Number(told.find((line) => line.startsWith('cpu ')).slice(4));
      const best = least[command];
      least[command] = { cpu_ms: Math.min(best.cpu_ms, cpuMs), ms: Math.min(best.ms, ms) };
    }
  const results = Object.fromEntries(
    Object.entries(commands).map(([command, args]) => {
      const { cpu_ms: cpuMs, ms } = least[command];
      const modules = run(registerHook, args).told.filter((line) => line.startsWith('loaded ')).length;
      const ratio = Number((cpuMs / least.node.cpu_ms).toFixed(2));
      return [command, { modules, of_node: ratio, cpu_ms: Math.round(cpuMs), ms: Math.round(ms) }];
    }),
  );
  if (values.json) console.log(JSON.stringify(results));
  else
    for (const [command, told] of Object.entries(results))
      console.log(
        `${command.padEnd(16)} ${told.modules} modules, ${told.of_node} of what Node takes (${told.cpu_ms} ms), ${told.ms} ms by the clock`,
      );
} finally {
  rmSync(base, { recursive: true, force: true });
}
