// What `render` says: one document, or the walk, what fails with its frames, and a parameter file that gives what is missing.
import type { Finding } from '../model/diagnostic.ts';
import type { Json } from '../model/pack.ts';
import type { Failed, Rendering } from '../model/render.ts';
import { type FileDiagnostics, renderDiagnostics } from '../output/diagnostics-text.ts';
import { renderDocument } from '../output/render-json.ts';
import { renderWalk } from '../output/render-text.ts';
import { count } from '../output/words.ts';
import { yamlLines } from '../output/yaml-text.ts';
import type { CommandContext } from './context.ts';
import type { FoundWorkflow } from './workflow-file.ts';

/** What is wrong with what is given. */
export type GivenProblems = {
  readonly files: readonly FileDiagnostics[];
  /** Required parameters without a value. */
  readonly missing: readonly string[];
};

/** Prints the walk; with `--quiet` only what is wrong. */
export function tellRendering(
  context: CommandContext,
  found: FoundWorkflow,
  rendering: Rendering,
  { files, missing }: GivenProblems,
): void {
  const { path, text } = found.workflow;
  if (context.format === 'json') {
    const problems = files.flatMap((file) =>
      file.diagnostics.map((finding) => ({ ...finding, path: file.path })),
    );
    context.out(`${JSON.stringify(renderDocument(rendering, path, problems))}\n`);
    return;
  }
  const { style } = context;
  const columns = context.columns ?? 100;
  if (!context.quiet) context.out(renderWalk(titleOf(found), rendering, { style, columns, mark }));
  const errors = distinct(rendering.failures.filter(({ wants }) => !isToldAlready(wants, missing)));
  const frames = renderDiagnostics([...files, { path, text, diagnostics: errors }], { style, columns });
  if (frames === '') return;
  context.out(`${context.quiet ? '' : '\n'}${frames}\n`);
  const wanted = wantedLines(rendering.failures, missing);
  if (wanted.length > 0) {
    const words = 'what is missing, for a file to give as --params:';
    context.out(`\n${style.cyan('help:')} ${words}\n\n${wanted.join('\n')}\n`);
  }
  const number = errors.length + files.flatMap(({ diagnostics }) => diagnostics).length;
  context.out(`\n${style.red(count(number, 'problem'))}\n`);
}

function titleOf({ ref, workflow, action, otherActions }: FoundWorkflow): string {
  const name = ref === null ? workflow.path : `${ref}  ${workflow.path}`;
  if (action === undefined || otherActions.length === 0) return name;
  return `${name}, for ${action.path} (--action takes another: ${otherActions.join(', ')})`;
}

/** In place of a value. A colon with a blank behind it would be YAML of its own. */
function mark(one: Failed | { readonly kind: 'unknown'; readonly why: string }): string {
  if (one.kind === 'unknown') return `… ${one.why.replaceAll('`', '').replaceAll(':', ',')}`;
  const { finding, wants } = one;
  if (wants === undefined) return `✗ fails at ${finding.line}:${finding.column}`;
  return `✗ ${wants.join('.').replaceAll(/[^\w.]/g, '_')} is not given`;
}

/** A parameter that is not given is told once, not again wherever it is read. */
function isToldAlready(wants: readonly string[] | undefined, missing: readonly string[]): boolean {
  const [root, name = ''] = wants ?? [];
  return root === 'parameters' && missing.includes(name);
}

/** One for each place and message: the visits of a loop fail alike. */
function distinct(failures: readonly Failed[]): readonly Finding[] {
  const seen = new Map(
    failures.map(({ finding }) => [
      `${finding.line}:${finding.column} ${finding.code} ${finding.message}`,
      finding,
    ]),
  );
  return [...seen.values()];
}

/** What is wanted, at its place in a parameter file, with `…` where a value goes. */
function wantedLines(failures: readonly Failed[], missing: readonly string[]): readonly string[] {
  const paths = [
    ...missing.map((name) => ['parameters', name]),
    ...failures.flatMap(({ wants }) => (wants === undefined ? [] : [wants])),
  ];
  return paths.length === 0 ? [] : yamlLines({ kind: 'value', value: treeOf(paths) }, mark);
}

function treeOf(paths: readonly (readonly string[])[]): Json {
  const deeper = paths.filter((path) => path.length > 0);
  if (deeper.length === 0) return '…';
  const names = [...new Set(deeper.map(([name = '']) => name))];
  return Object.fromEntries(
    names.map((name) => [
      name,
      treeOf(deeper.filter(([first]) => first === name).map(([, ...rest]) => rest)),
    ]),
  );
}
