// A dry walk → the JSON document of `render` (contract §3). Pure.
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Json } from '../model/pack.ts';
import type {
  Failed,
  Rendered,
  RenderedEntry,
  RenderedTask,
  RenderedTransition,
  Rendering,
} from '../model/render.ts';
import { diagnosticDocument } from './check-json.ts';

/** `path` is that of the task graph; `problems` are those of what was given. */
export function renderDocument(
  rendering: Rendering,
  path: string,
  problems: readonly (Omit<Diagnostic, 'path'> & { readonly path: string })[],
): object {
  return {
    tasks: rendering.tasks.map((task) => taskDocument(task, path)),
    output: valueDocument(rendering.output, path),
    parameters: rendering.parameters,
    vars: rendering.vars,
    ...(rendering.cut_after === undefined ? {} : { cut_after: rendering.cut_after }),
    problems: problems.map((problem) => diagnosticDocument(problem, problem.path)),
    summary: {
      tasks: rendering.tasks.length,
      reached: new Set(rendering.tasks.flatMap(({ visit, name }) => (visit > 0 ? [name] : []))).size,
      failures: rendering.failures.length,
    },
  };
}

function taskDocument(task: RenderedTask, path: string): object {
  const { name, type, action, visit, when, items, ended } = task;
  return {
    ...{ name, type, action, reached: visit > 0 },
    ...(visit > 0 ? { visit } : {}),
    ...(when === undefined ? {} : { when: { holds: answer(when.holds, path), why: when.why } }),
    ...(task.is_skipped ? { skipped: true } : {}),
    input: valueDocument(task.input, path),
    ...(items === undefined
      ? {}
      : {
          items: items.shown.map(({ index, item, input }) => ({
            index,
            item,
            input: valueDocument(input, path),
          })),
          items_total: typeof items.total === 'number' ? items.total : valueDocument(items.total, path),
          items_left_out: items.left_out,
        }),
    ...entriesDocument(task.settings, path),
    ...(ended === undefined ? {} : { state: ended.state, result_given: ended.is_result_given }),
    next: task.next.map((transition) => transitionDocument(transition, path)),
    ...(task.tasks.length === 0 ? {} : { tasks: task.tasks.map((part) => taskDocument(part, path)) }),
  };
}

function transitionDocument(transition: RenderedTransition, path: string): object {
  const { fires, why, failure, publish, again, waiting } = transition;
  return {
    fires: answer(fires, path),
    why,
    publish: entriesDocument(publish, path),
    do: transition.do,
    ...(again.length === 0 ? {} : { again }),
    ...(waiting.length === 0 ? {} : { waiting }),
    ...(failure === undefined ? {} : { failure: valueDocument(failure, path) }),
  };
}

function answer(holds: boolean | Failed, path: string): unknown {
  return typeof holds === 'boolean' ? holds : valueDocument(holds, path);
}

function entriesDocument(entries: readonly RenderedEntry[], path: string): object {
  return Object.fromEntries(entries.map(({ key, value }) => [key, valueDocument(value, path)]));
}

function valueDocument(rendered: Rendered, path: string): Json | object {
  switch (rendered.kind) {
    case 'value':
      return rendered.value as Json | object;
    case 'list':
      return rendered.items.map((item) => valueDocument(item, path));
    case 'map':
      return entriesDocument(rendered.entries, path);
    case 'failed':
      return { error: diagnosticDocument(rendered.finding, path) };
    case 'unknown':
      return { unknown: rendered.why };
    default:
      return rendered satisfies never;
  }
}
