// A valid workflow and what is given → what each of its tasks would receive, and which transitions fire and why. Pure, bounded.
import type { WorkflowFile } from '../model/file.ts';
import type { Json } from '../model/pack.ts';
import type { Rendering } from '../model/render.ts';
import { dropNulls } from './drop-nulls.ts';
import { fromJson, makeObject, toJson } from './expression/value.ts';
import { createLocator } from './locate.ts';
import { parseDocument } from './parse.ts';
import { isMap } from './raw.ts';
import { varOrigin } from './render/origins.ts';
import { createRun, type Given, outside, type Run } from './render/run.ts';
import { mapOf, placeOf, renderValue } from './render/values.ts';
import { walkTasks } from './render/walk.ts';
import { viewTasks } from './task-view.ts';

/**
 * Walks the workflow in `text`, of which `file` is the canonical form. Places of failures are in `text`. `totalSteps` bounds
 * the whole walk, @default one million: some seconds.
 */
export function renderWorkflow(
  text: string,
  file: WorkflowFile,
  given: Given,
  totalSteps?: number,
): Rendering {
  const parsed = parseDocument(text);
  const root = dropNulls(parsed.value, 'workflow');
  const run = createRun(given, isMap(root) ? root : {}, createLocator(text, parsed.events), totalSteps);
  setVars(run, file.graph['vars'] ?? {});
  const tasks = walkTasks(run, viewTasks(file.graph['tasks']), run.root['tasks'], ['tasks'], undefined);
  return {
    parameters: toJson(given.parameters),
    tasks,
    output: renderOutput(run, file.graph['output_map'] ?? null),
    vars: toJson(makeObject(run.vars)),
    cut_after: run.isCut || run.limits.total.left < 0 ? run.steps : undefined,
    failures: run.failures,
  };
}

/** Variables without a template first, then the others, which see those alone: the order of the file decides nothing. */
function setVars(run: Run, vars: Json): void {
  if (!isMap(vars)) return;
  const open = Object.entries(vars as Readonly<Record<string, Json>>).filter(([name]) => !run.vars.has(name));
  const hasTemplate = (json: Json): boolean => JSON.stringify(json).includes('{{');
  for (const [name, json] of open) if (!hasTemplate(json)) run.vars.set(name, fromJson(json));
  const place = placeOf(run, outside);
  const values = open
    .filter(([, json]) => hasTemplate(json))
    .map(
      ([name, json]) => [name, renderValue(json, varOrigin(run.root['vars'], name), place).value] as const,
    );
  for (const [name, value] of values) if (value !== undefined) run.vars.set(name, value);
}

function renderOutput(run: Run, map: Json) {
  if (!isMap(map)) return { kind: 'value', value: null } as const;
  const place = placeOf(run, outside);
  const entries = Object.entries(map as Readonly<Record<string, Json>>);
  return mapOf(
    entries.map(([key, json]) => ({ key, value: renderValue(json, ['output_map', key], place).rendered })),
  );
}
