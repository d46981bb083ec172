// A path as given → a valid workflow with what its pack adds: the action that links it and the manifest. Disk edge of `render`
// and `graph`; the verdict is that of `check`.
import { isAbsolute, join, relative, resolve } from 'node:path';
import type { Config } from '../config.ts';
import { createPackChecker } from '../daemon/check-packs.ts';
import { checkFile } from '../language/check-file.ts';
import { hasError } from '../model/diagnostic.ts';
import type { ActionFile, CheckedFile, ManifestFile, ValidTree, WorkflowFile } from '../model/file.ts';
import type { FileRole, PackPath, Root, SourceName } from '../model/pack.ts';
import type { FileRow } from '../model/state.ts';
import { type FileDiagnostics, renderDiagnostics } from '../output/diagnostics-text.ts';
import { type CommandContext, exitCodes } from './context.ts';
import { type PackPlace, placeInPack, statOf } from './place.ts';

/** A file as it was read; `path` is the one to print. */
export type ReadFile<F> = { readonly path: string; readonly text: string; readonly file: F };

export type FoundWorkflow = {
  readonly ref: string | null;
  readonly workflow: ReadFile<WorkflowFile>;
  /** The action it is taken for; undefined when none links it. */
  readonly action: ReadFile<ActionFile> | undefined;
  /** Refs of the other actions that link it. */
  readonly otherActions: readonly string[];
  readonly manifest: ManifestFile | undefined;
};

export type Lookup = FoundWorkflow | { readonly usage: string } | { readonly refused: FileDiagnostics };

/** The workflow at `argument`, or at the `workflow_file` of the action there. `actionRef` chooses among several actions. */
export async function findWorkflow(
  context: CommandContext,
  config: Config,
  argument: string,
  actionRef: string | undefined,
): Promise<Lookup> {
  const path = resolve(context.cwd, argument);
  const stats = statOf(path);
  if (stats === undefined) return { usage: `${argument} does not exist; give a workflow file` };
  if (stats.isDirectory()) return { usage: `${argument} is a directory; give a workflow file` };
  const place = placeInPack(path);
  const root: Root = { source: 'root:packs' as SourceName, path: place.root };
  // Warnings are for `check` to tell: they do not keep a workflow from being shown.
  const rows = await createPackChecker({ ...config, strict: false }).check(root, [place.dir]);
  if ('reason' in rows) return { usage: `${argument}: ${rows.reason}` };
  const row = rows.find((one) => one.path === place.only);
  if (row === undefined || row.role === 'manifest') {
    return { usage: `${argument} is neither a workflow nor an action of a pack` };
  }
  return read({ context, argument, place, rows }, row, actionRef);
}

type Pack = {
  readonly context: CommandContext;
  readonly argument: string;
  readonly place: PackPlace;
  readonly rows: readonly FileRow[];
};

function read(pack: Pack, row: FileRow, actionRef: string | undefined): Lookup {
  const { argument, rows } = pack;
  const graphPath = row.role === 'action' ? row.links[0] : row.path;
  if (hasError(row.diagnostics)) return refuse(pack, row);
  if (graphPath === undefined)
    return { usage: `${argument} is an action without a \`workflow_file\`: it has no task graph` };
  const graphRow = rows.find((one) => one.path === graphPath);
  if (graphRow !== undefined && hasError(graphRow.diagnostics)) return refuse(pack, graphRow);
  const workflow = readAs(pack, graphPath, 'workflow');
  if (workflow.file?.role !== 'workflow') return { refused: refusedFile(workflow) };
  const actions = rows.filter(
    ({ role, links, diagnostics }) =>
      role === 'action' && links.includes(graphPath) && !hasError(diagnostics),
  );
  const chosen = actions.find((one) =>
    actionRef === undefined ? row.role === 'workflow' || one === row : one.ref === actionRef,
  );
  if (actionRef !== undefined && chosen === undefined)
    return { usage: noSuchAction(pack, actions, actionRef) };
  const action = chosen && readAs(pack, chosen.path, 'action');
  const manifest = rows.find(({ role, state }) => role === 'manifest' && state === 'valid');
  const read = manifest && readAs(pack, manifest.path, 'manifest').file;
  return {
    ref: chosen?.ref ?? graphRow?.ref ?? null,
    workflow: { ...workflow, file: workflow.file },
    action: action?.file?.role === 'action' ? { ...action, file: action.file } : undefined,
    otherActions: actions.filter((one) => one !== chosen).map(({ ref, path }) => ref ?? path),
    manifest: read?.role === 'manifest' ? read : undefined,
  };
}

function noSuchAction({ argument }: Pack, actions: readonly FileRow[], ref: string): string {
  const refs = actions.map((action) => action.ref).join(', ');
  return `no action ${JSON.stringify(ref)} links ${argument}; ${refs === '' ? 'none does' : `these do: ${refs}`}`;
}

type Read = Pick<CheckedFile<ValidTree>, 'file' | 'findings' | 'text'> & { readonly path: string };

function readAs(pack: Pack, path: PackPath, role: FileRole): Read {
  const absolute = join(pack.place.root, path);
  const text = pack.context.textForFrame(absolute);
  const { file, findings } = checkFile(role, new TextEncoder().encode(text), { strict: false });
  return { path: shownPath(pack, path), text, file, findings };
}

function refuse(pack: Pack, row: FileRow): Lookup {
  const text = pack.context.textForFrame(join(pack.place.root, row.path));
  return { refused: { path: shownPath(pack, row.path), text, diagnostics: row.diagnostics } };
}

function refusedFile({ path, text, findings }: Read): FileDiagnostics {
  return { path, text, diagnostics: findings };
}

/** The argument as given for the file it names; others relative to where the command runs, when they lie below. */
function shownPath({ context, argument, place }: Pack, path: PackPath): string {
  if (path === place.only) return argument;
  const absolute = join(place.root, path);
  const short = relative(context.cwd, absolute);
  return short.startsWith('..') || isAbsolute(short) ? absolute : short;
}

/** Tells why there is no workflow to work on: the exit code to leave with. */
export function tellLookup(
  context: CommandContext,
  lookup: { readonly usage: string } | { readonly refused: FileDiagnostics },
): number {
  if ('usage' in lookup) {
    context.err(`packwatch: ${lookup.usage}\n`);
    return exitCodes.usage;
  }
  const options = { style: context.style, columns: context.columns ?? 100 };
  context.err(`${renderDiagnostics([lookup.refused], options)}\n`);
  return exitCodes.problems;
}
