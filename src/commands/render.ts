// `render`: a dry walk of one workflow with what is given, as text or as one document.
import { resolve } from 'node:path';
import { fromJson, makeObject, type ObjectValue } from '../language/expression/value.ts';
import { atKey, atValue } from '../language/problem.ts';
import { declaredParameters, fillParameters } from '../language/render/parameters.ts';
import { locateParams, noParams, type RenderParams, readParams } from '../language/render/params.ts';
import type { Given } from '../language/render/run.ts';
import { renderWorkflow } from '../language/render.ts';
import { errorAt } from '../language/rules/rule.ts';
import { allNames, viewTasks } from '../language/task-view.ts';
import { hasError } from '../model/diagnostic.ts';
import { codeOf } from '../model/errors.ts';
import type { JsonObject } from '../model/pack.ts';
import type { FileDiagnostics } from '../output/diagnostics-text.ts';
import { type Command, type CommandContext, exitCodes } from './context.ts';
import { tellRendering } from './render-tell.ts';
import { configure } from './settings.ts';
import { type FoundWorkflow, findWorkflow, tellLookup } from './workflow-file.ts';

export const render: Command = async (context, input) => {
  const config = configure(context, input, []);
  if (typeof config === 'number') return config;
  const { params: paramsPath, action } = input.options;
  const actionRef = typeof action === 'string' ? action : undefined;
  const found = await findWorkflow(context, config, input.args[0] ?? '', actionRef);
  if (!('workflow' in found)) return tellLookup(context, found);
  const file = typeof paramsPath === 'string' ? readParamsFile(context, paramsPath) : undefined;
  if (typeof file === 'number') return file;
  const tasks = viewTasks(found.workflow.file.graph['tasks']);
  const { params, findings } = file
    ? readParams(file.bytes, allNames(tasks))
    : { params: noParams, findings: [] };
  if (file && hasError(findings)) {
    return tellLookup(context, { refused: { path: file.path, text: file.text, diagnostics: findings } });
  }
  const schema = found.action?.file.parameters ?? found.workflow.file.parameters;
  const filled = fillParameters(schema, params.parameters);
  const told = toTell(found, filled, file);
  const given = toGiven(params, filled.values, found);
  const rendering = renderWorkflow(found.workflow.text, found.workflow.file, given);
  tellRendering(context, found, rendering, { files: told, missing: filled.missing });
  const isGood = rendering.failures.length === 0 && !told.some(({ diagnostics }) => hasError(diagnostics));
  return isGood ? exitCodes.done : exitCodes.problems;
};

type ParamsFile = { readonly path: string; readonly text: string; readonly bytes: Uint8Array };

function readParamsFile(context: CommandContext, path: string): ParamsFile | number {
  try {
    const text = context.readFile(resolve(context.cwd, path));
    return { path, text, bytes: new TextEncoder().encode(text) };
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    context.err(`packwatch: the file of --params cannot be read: ${path} (${code})\n`);
    return exitCodes.usage;
  }
}

/** Problems of what is given: in the parameter file, or without one where the parameter is declared. */
function toTell(
  found: FoundWorkflow,
  filled: ReturnType<typeof fillParameters>,
  file: ParamsFile | undefined,
): readonly FileDiagnostics[] {
  const declaring =
    found.action !== undefined && found.action.file.parameters !== null ? found.action : found.workflow;
  const declared = declaredParameters(declaring.file.parameters);
  const missing = filled.missing.map((name) => {
    const place = file ? atValue(['parameters']) : atKey(declared.get(name)?.at ?? ['parameters']);
    const message = `the required parameter \`${name}\` is not given`;
    return errorAt(
      'SCHEMA_REQUIRED',
      place,
      message,
      `add \`parameters: { ${name}: … }\` to the file of --params`,
    );
  });
  const problems = [...filled.problems, ...missing];
  if (problems.length === 0) return [];
  const { path, text } = file ?? declaring;
  return [{ path, text, diagnostics: locateParams(problems, text) }];
}

function toGiven(params: RenderParams, parameters: JsonObject, { manifest }: FoundWorkflow): Given {
  const results = Object.entries(params.results).map(
    ([task, list]) =>
      [
        task,
        list.map(({ result, state }) => ({
          result: result === undefined ? undefined : fromJson(result),
          state,
        })),
      ] as const,
  );
  const { item, index } = params;
  return {
    parameters: toObject(parameters),
    vars: toObject(params.vars),
    config: toObject(
      fillParameters(manifest?.confSchema ?? null, { ...manifest?.config, ...params.config }).values,
    ),
    keystore: toObject(params.keystore),
    system: toObject(params.system),
    results: new Map(results.filter(([, list]) => list.length > 0)),
    focus: item === undefined ? undefined : { item: fromJson(item), index: BigInt(index ?? 0) },
  };
}

function toObject(json: JsonObject): ObjectValue {
  return makeObject(Object.entries(json).map(([key, value]) => [key, fromJson(value)]));
}
