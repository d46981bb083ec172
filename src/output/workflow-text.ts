// One workflow → all of it that a reader wants at a glance. Pure.
import type { WorkflowDetail } from '../model/answers.ts';
import type { Json, JsonObject } from '../model/pack.ts';
import { dressState, stateWords } from './catalogue-text.ts';
import { visible } from './cells.ts';
import { renderDiagnostics } from './diagnostics-text.ts';
import { renderFields } from './fields.ts';
import { shortJson } from './json-text.ts';
import { renderTable, type TableOptions } from './table.ts';
import { minute } from './words.ts';

export type ShownTask = {
  readonly name: string | null;
  readonly type: string;
  readonly action: string | null;
};

/** As the API answers it. */
export type ShownWorkflow = WorkflowDetail & { readonly tasks: readonly ShownTask[] };

/** Hex digits of a revision that tell it from all others of one workflow. */
export const shortRevision = 12;

export function renderWorkflow(workflow: ShownWorkflow, options: TableOptions): string {
  const { style } = options;
  const { ref, label, description } = workflow;
  const title = `${style.bold(visible(ref))}  ${visible(label)}\n`;
  const about = description === null ? '' : `${visible(description.trim())}\n`;
  const parameters = renderParameters('PARAMETER', workflow.param_schema, options);
  const outputs = renderParameters('OUTPUT', workflow.out_schema, options);
  const parts = [
    title + about,
    renderFacts(workflow, options),
    parameters,
    outputs,
    renderTasks(workflow.tasks, options),
  ];
  const files = [{ path: workflow.source_path ?? ref, text: '', diagnostics: workflow.diagnostics }];
  const problems = renderDiagnostics(files, { style });
  return [...parts, problems === '' ? '' : `${problems}\n`].filter((part) => part !== '').join('\n');
}

function renderFacts(workflow: ShownWorkflow, { style }: TableOptions): string {
  const { version, number, revision, tags, source, source_path: path, created, updated } = workflow;
  return renderFields(
    [
      ['version', visible(version)],
      ['serves', `revision ${number} ${style.dim(revision.slice(0, shortRevision))}`],
      ['status', dressState(stateWords(workflow).join(', '), workflow, style)],
      ['source', `${visible(source)}${path === null ? '' : `  ${visible(path)}`}`],
      ['on disk', onDiskOf(workflow)],
      ['tags', tags.map(visible).join(', ')],
      ['updated', `${minute(updated)} UTC, first registered ${minute(created)} UTC`],
    ],
    style,
  );
}

function onDiskOf({ source, status, on_disk: file, served, diagnostics }: ShownWorkflow): string {
  if (file === null) return source === 'api' ? '' : 'the file is gone';
  const same = file.digest === served.digest ? 'as it is served' : 'not as it is served';
  const line = `${file.state}, ${same}, since ${minute(file.since)} UTC`;
  // A graph that is fine may have an action that is not.
  const other = status === 'degraded' && file.state === 'valid' ? diagnostics.find(isError) : undefined;
  return other === undefined ? line : `${line}, but ${visible(other.path)} is at fault`;
}

function isError({ severity }: { readonly severity: string }): boolean {
  return severity === 'error';
}

type Parameter = { readonly name: string; readonly isRequired: boolean; readonly schema: JsonObject };

function renderParameters(title: string, schema: Json, options: TableOptions): string {
  return renderTable(
    parametersOf(schema),
    [
      { title, cell: ({ name }) => name },
      { title: 'TYPE', cell: ({ schema: one }) => wordOf(one['type']) || 'any', least: 6 },
      {
        title: 'DEFAULT',
        cell: ({ isRequired, schema: one }) =>
          one['default'] === undefined ? (isRequired ? 'required' : '-') : shortJson(one['default']),
        least: 8,
      },
      { title: 'DESCRIPTION', cell: ({ schema: one }) => wordOf(one['description']), least: 12 },
    ],
    options,
  );
}

/** Of a JSON Schema, or of the flat form `name: { type, required }`; required ones first, for the store keeps no order. */
function parametersOf(schema: Json): readonly Parameter[] {
  if (!isObject(schema)) return [];
  const isJsonSchema = schema['type'] === 'object' && isObject(schema['properties']);
  const properties = isJsonSchema ? schema['properties'] : schema;
  const required = isJsonSchema && isList(schema['required']) ? schema['required'] : [];
  const all = Object.entries(properties ?? {}).map(([name, value]): Parameter => {
    const own: JsonObject = isObject(value) ? value : {};
    return { name, isRequired: required.includes(name) || own['required'] === true, schema: own };
  });
  const rank = ({ isRequired }: Parameter): number => (isRequired ? 0 : 1);
  return all.sort((one, other) => rank(one) - rank(other) || (one.name < other.name ? -1 : 1));
}

function renderTasks(tasks: readonly ShownTask[], options: TableOptions): string {
  return renderTable(
    tasks,
    [
      { title: 'TASK', cell: ({ name }) => name ?? '-' },
      { title: 'TYPE', cell: ({ type }) => type },
      { title: 'ACTION', cell: ({ action }) => action ?? '-', least: 12 },
    ],
    options,
  );
}

function wordOf(value: Json | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : shortJson(value);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
