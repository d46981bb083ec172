// Failpoints: lines of the form `// failpoint: apply.begin` in src/ are comments, and nothing more, in the program. In the copy that
// `instrument` makes of dist/ they are calls, and FAILPOINT says what happens there: `name:nth:what`, several separated by
// commas. At the nth passing (1, 2, 3 …) of that line the process is ended by SIGKILL (`kill`), gets an error with the code
// EFAILPOINT (`throw`) or is stopped by SIGSTOP until it is continued (`pause`).
// A copy rather than module hooks: those run in a thread of their own, which makes a start three times as long, and now and then one
// under load never comes to its end.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../../', import.meta.url));

/** A line that holds nothing but a failpoint. */
const line = /^([ \t]*)\/\/ failpoint: ([a-z.]+)$/gm;

/** Every failpoint of the program, in the order in which a start, a change, a client's write and a stop pass them. */
export const failpointNames = [
  'watch.started',
  'migrate.begin',
  'migrate.done',
  'lease.acquired',
  'lease.renewed',
  'settle.due',
  'settle.handed',
  'pass.begin',
  'root.scanned',
  'source.read',
  'pack.observed',
  'file.parsed',
  'pack.decided',
  'stage.written',
  'apply.begin',
  'apply.answered',
  'removal.waited',
  'removal.proven',
  'removals.held',
  'pass.done',
  'write.decided',
  'write.answered',
  'watch.rebuild',
  'watch.rebuilt',
  'stop.begin',
  'stop.stepped',
  'lease.released',
];

/** `name:nth:what,…` as a map from name to `{ nth, what }` lists; throws for anything else. */
export function parseFailpoints(text) {
  const wanted = new Map();
  for (const entry of text.split(',').filter((part) => part !== '')) {
    const [, name, nth, what] = /^([a-z]+\.[a-z]+):([1-9]\d*):(kill|throw|pause)$/.exec(entry) ?? [];
    if (name === undefined)
      throw new Error(`FAILPOINT: ${JSON.stringify(entry)} is not name:nth:kill|throw|pause`);
    wanted.set(name, [...(wanted.get(name) ?? []), { nth: Number(nth), what }]);
  }
  return wanted;
}

/** The function that the lines call. */
export function createFailpoint(wanted) {
  const passed = new Map();
  return (name) => {
    const count = (passed.get(name) ?? 0) + 1;
    passed.set(name, count);
    const hit = wanted.get(name)?.find(({ nth }) => nth === count);
    if (hit) act(name, hit.what);
  };
}

function act(name, what) {
  switch (what) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      // The signal is on its way: nothing of ours runs any more.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      return;
    case 'pause':
      process.kill(process.pid, 'SIGSTOP');
      return;
    default:
      throw Object.assign(new Error(`failpoint ${name}`), { code: 'EFAILPOINT' });
  }
}

/**
 * Copies dist/ to `directory`, which must not exist, with the failpoints as calls, and returns the path of what is to be run in
 * place of main.js. `rewrites` maps a path below dist/ to a function of its text, for guards switched off on purpose.
 */
export function instrument(directory, rewrites = {}) {
  const from = join(project, 'dist');
  const to = join(directory, 'dist');
  for (const path of readdirSync(from, { recursive: true })) {
    if (!path.endsWith('.js')) continue;
    mkdirSync(dirname(join(to, path)), { recursive: true });
    const text = readFileSync(join(from, path), 'utf8').replaceAll(
      line,
      '$1globalThis.packwatchFailpoint("$2");',
    );
    writeFileSync(join(to, path), rewrites[path]?.(text) ?? text);
  }
  const main = join(to, 'with-failpoints.js');
  writeFileSync(main, `import ${JSON.stringify(import.meta.url)};\nimport './main.js';\n`);
  copyFileSync(join(project, 'package.json'), join(directory, 'package.json'));
  for (const name of ['sql', 'node_modules']) symlinkSync(join(project, name), join(directory, name));
  return main;
}

// The copy imports this before anything else; in any other process nobody calls it.
globalThis.packwatchFailpoint = createFailpoint(parseFailpoints(process.env.FAILPOINT ?? ''));
