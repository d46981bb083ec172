// `check`: validates roots, packs or single files without a database, by the rules of the daemon.
import { isAbsolute, join, relative } from 'node:path';
import type { Config } from '../config.ts';
import { createPackChecker, type PackChecker } from '../daemon/check-packs.ts';
import { compileLess } from '../daemon/short-run.ts';
import type { PackPath, Root, SourceName } from '../model/pack.ts';
import type { FileRow } from '../model/state.ts';
import { visible } from '../output/cells.ts';
import { renderCheckReport } from '../output/diagnostics-text.ts';
import { inOrder, type ShownFile } from '../output/shown-file.ts';
import { roleOf } from '../registry/discover.ts';
import { withCalls } from './check-calls.ts';
import { type Target, targetOf } from './check-target.ts';
import { type Command, type CommandContext, exitCodes } from './context.ts';
import { configure } from './settings.ts';

export const check: Command = async (context, input) => {
  const config = configure(context, input, []);
  if (typeof config === 'number') return config;
  compileLess(context.engine);
  const targets =
    input.args.length > 0 ? input.args : config.roots.map(({ path }) => shownRoot(context, path));
  const checker = createPackChecker(config);
  const checkOnce = createRootCheck(config, checker);
  const found: ShownFile[] = [];
  for (const argument of targets) {
    const checked = await checkArgument(context, checkOnce, argument);
    if (typeof checked === 'string') {
      context.err(`packwatch: ${visible(checked)}\n`);
      return exitCodes.usage;
    }
    if (checked.length === 0)
      context.err(`packwatch: ${visible(argument)} holds no pack; nothing was checked there\n`);
    found.push(...checked);
  }
  const files = inOrder(withCalls(found, checker.calls(), context.textForFrame));
  await tell(context, files);
  return files.some(({ state }) => state === 'invalid') ? exitCodes.problems : exitCodes.done;
};

type RootCheck = (root: string, dir: Target['dir']) => ReturnType<PackChecker['check']>;

/** Many files of one pack, as a commit hook gives them, take one check of that pack. */
function createRootCheck(config: Config, checker: PackChecker): RootCheck {
  const source = config.roots[0]?.source ?? ('root:packs' as SourceName);
  const running = new Map<string, ReturnType<PackChecker['check']>>();
  return (path, dir) => {
    const key = JSON.stringify([path, dir]);
    const root: Root = { source, path };
    const checked = running.get(key) ?? checker.check(root, dir === undefined ? undefined : [dir]);
    running.set(key, checked);
    return checked;
  };
}

/** The files of one argument, or why it cannot be checked at all. */
async function checkArgument(
  context: CommandContext,
  checkOnce: RootCheck,
  argument: string,
): Promise<readonly ShownFile[] | string> {
  const target = targetOf(context.cwd, argument);
  if (typeof target === 'string') return target;
  const rows = await checkOnce(target.root, target.dir);
  if ('reason' in rows) return `${argument}: ${rows.reason}`;
  const { only, isFile } = target;
  const wanted =
    only === undefined
      ? rows
      : rows.filter(({ path }) => (isFile ? path === only : path.startsWith(`${only}/`)));
  if (only !== undefined && isFile && wanted.length === 0) {
    return [
      {
        path: target.show(only),
        file: join(target.root, only),
        ref: null,
        state: 'ignored',
        diagnostics: [],
      },
    ];
  }
  return wanted.map((row) => toChecked(row, target));
}

function toChecked(row: FileRow, target: Target): ShownFile {
  const state = row.state === 'valid' ? 'valid' : row.state === 'ignored' ? 'ignored' : 'invalid';
  return {
    path: target.show(row.path),
    file: join(target.root, row.path),
    ref: row.ref,
    state,
    diagnostics: row.diagnostics,
  };
}

/** What a format needs is loaded for it alone. */
async function tell(context: CommandContext, files: readonly ShownFile[]): Promise<void> {
  switch (context.format) {
    case 'json': {
      const { checkDocument } = await import('../output/check-json.ts');
      context.out(`${JSON.stringify(checkDocument(files))}\n`);
      return;
    }
    case 'sarif':
      context.out(`${JSON.stringify(await sarifOf(context, files))}\n`);
      return;
    case 'github': {
      const { renderAnnotations } = await import('../output/github.ts');
      context.out(renderAnnotations(files, context.quiet));
      return;
    }
    case 'text':
      tellPeople(context, files);
      return;
    default:
      context.format satisfies never;
  }
}

async function sarifOf({ version, cwd, textForFrame }: CommandContext, files: readonly ShownFile[]) {
  const { catalogue } = await import('../language/diagnostics.ts');
  const { sarifDocument } = await import('../output/sarif.ts');
  const readText = ({ file }: ShownFile): string => textForFrame(file);
  return sarifDocument(files, { catalogue, version, base: cwd, readText });
}

function tellPeople(context: CommandContext, files: readonly ShownFile[]): void {
  const withText = files
    .filter(({ diagnostics }) => diagnostics.length > 0)
    .map(({ path, file, diagnostics }) => ({ path, text: context.textForFrame(file), diagnostics }));
  if (context.quiet && withText.length === 0) return;
  const ignored = files.filter(
    ({ state, path }) => state === 'ignored' && roleOf(path as PackPath) === undefined,
  );
  for (const { path } of ignored) context.out(`${visible(path)} is no file of a pack: ignored\n`);
  context.out(
    renderCheckReport(withText, files.length, { style: context.style, columns: context.columns ?? 100 }),
  );
}

function shownRoot(context: CommandContext, path: string): string {
  const short = relative(context.cwd, path);
  return short === '' ? '.' : short.startsWith('..') || isAbsolute(short) ? path : short;
}
