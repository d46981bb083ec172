// `check`: validates roots, packs or single files without a database, by the rules of the daemon.
import { type Stats, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Config } from '../config.ts';
import { createPackChecker, type PackChecker } from '../daemon/check-packs.ts';
import { codeOf } from '../model/errors.ts';
import type { PackDir, PackPath, Root, SourceName } from '../model/pack.ts';
import type { FileRow } from '../model/state.ts';
import { checkDocument } from '../output/check-json.ts';
import { renderCheckReport } from '../output/diagnostics-text.ts';
import type { CheckedEntry } from '../output/shown-file.ts';
import { roleOf } from '../registry/discover.ts';
import { withCalls } from './check-calls.ts';
import { type Command, type CommandContext, exitCodes } from './context.ts';
import { configure } from './settings.ts';

/** Something to check: a root, some of its packs, or one file; `show` turns a path below the root into the one to print. */
type Target = {
  readonly root: string;
  readonly dirs: readonly PackDir[] | undefined;
  /** Only this file is shown. */
  readonly only: PackPath | undefined;
  show(path: PackPath): string;
};

type Shown = CheckedEntry & { readonly file: string };

export const check: Command = async (context, input) => {
  const config = configure(context, input, []);
  if (typeof config === 'number') return config;
  const targets =
    input.args.length > 0 ? input.args : config.roots.map(({ path }) => shownRoot(context, path));
  const shown: Shown[] = [];
  const checker = createPackChecker(config);
  for (const argument of targets) {
    const checked = await checkArgument(context, config, checker, argument);
    if (typeof checked === 'string') {
      context.err(`packwatch: ${checked}\n`);
      return exitCodes.usage;
    }
    shown.push(...checked);
  }
  tell(context, withCalls(shown, checker.calls(), context.textForFrame));
  return shown.some(({ state }) => state === 'invalid') ? exitCodes.problems : exitCodes.done;
};

/** The files of one argument, or why it cannot be checked at all. */
async function checkArgument(
  context: CommandContext,
  config: Config,
  checker: PackChecker,
  argument: string,
): Promise<readonly Shown[] | string> {
  const target = targetOf(context, argument);
  if (typeof target === 'string') return target;
  const root: Root = { source: (config.roots[0]?.source ?? 'root:packs') as SourceName, path: target.root };
  const rows = await checker.check(root, target.dirs);
  if ('reason' in rows) return `${argument}: ${rows.reason}`;
  const wanted = target.only === undefined ? rows : rows.filter((row) => row.path === target.only);
  if (target.only !== undefined && wanted.length === 0) {
    return [
      { path: argument, file: resolve(context.cwd, argument), ref: null, state: 'ignored', diagnostics: [] },
    ];
  }
  return wanted.map((row) => toShown(row, target));
}

function toShown(row: FileRow, target: Target): Shown {
  const state = row.state === 'valid' ? 'valid' : row.state === 'ignored' ? 'ignored' : 'invalid';
  return {
    path: target.show(row.path),
    file: join(target.root, row.path),
    ref: row.ref,
    state,
    diagnostics: row.diagnostics,
  };
}

function targetOf(context: CommandContext, argument: string): Target | string {
  const path = resolve(context.cwd, argument);
  const stats = statOf(path);
  if (stats === undefined) return `${argument} does not exist; give a root, a pack or a file`;
  if (!stats.isDirectory()) return fileTarget(argument, path);
  if (hasManifest(path)) {
    const dir = path.slice(path.lastIndexOf(sep) + 1) as PackDir;
    return {
      root: dirname(path),
      dirs: [dir],
      only: undefined,
      show: (below) => join(argument, below.slice(dir.length)),
    };
  }
  return { root: path, dirs: undefined, only: undefined, show: (below) => join(argument, below) };
}

/** A file is checked inside its pack: the nearest directory above it with a manifest, or where its place says the pack would be. */
function fileTarget(argument: string, path: string): Target {
  let pack = dirname(path);
  while (!hasManifest(pack) && dirname(pack) !== pack) pack = dirname(pack);
  if (!hasManifest(pack)) {
    const place = /[/\\](?:actions[/\\]workflows|actions|workflows)$/.exec(dirname(path));
    pack = place ? dirname(path).slice(0, -place[0].length) : dirname(path);
  }
  const root = dirname(pack);
  const only = relative(root, path).split(sep).join('/') as PackPath;
  const dirs = [pack.slice(pack.lastIndexOf(sep) + 1) as PackDir];
  return { root, dirs, only, show: () => argument };
}

function hasManifest(directory: string): boolean {
  return ['pack.yaml', 'pack.yml'].some((name) => statOf(join(directory, name)) !== undefined);
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}

function tell(context: CommandContext, shown: readonly Shown[]): void {
  if (context.format === 'json') {
    context.out(`${JSON.stringify(checkDocument(shown))}\n`);
    return;
  }
  const files = shown
    .filter(({ diagnostics }) => diagnostics.length > 0)
    .map(({ path, file, diagnostics }) => ({ path, text: context.textForFrame(file), diagnostics }));
  const ignored = shown.filter(
    ({ state, path }) => state === 'ignored' && roleOf(path as PackPath) === undefined,
  );
  for (const { path } of ignored) context.out(`${path} is no file of a pack: ignored\n`);
  if (context.quiet && files.length === 0) return;
  context.out(
    renderCheckReport(files, shown.length, { style: context.style, columns: context.columns ?? 100 }),
  );
}

function shownRoot(context: CommandContext, path: string): string {
  const short = relative(context.cwd, path);
  return short === '' ? '.' : short.startsWith('..') || isAbsolute(short) ? path : short;
}
