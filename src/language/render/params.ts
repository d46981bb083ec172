// The parameter file of `render`: YAML or JSON → what is given, every problem in it with its place.
import type { DocumentPath, Finding } from '../../model/diagnostic.ts';
import { hasError } from '../../model/diagnostic.ts';
import type { Json, JsonObject } from '../../model/pack.ts';
import { locateAll } from '../check-file.ts';
import { decodeBytes } from '../decode.ts';
import type { TaskState } from '../expression/scope.ts';
import { createLocator } from '../locate.ts';
import { json } from '../normalise.ts';
import { parseDocument } from '../parse.ts';
import { atKey, atValue, type Problem, type Report, wholeFile } from '../problem.ts';
import { isMap, type RawMap } from '../raw.ts';
import { errorAt } from '../rules/rule.ts';
import { found } from '../shape-words.ts';
import { suggest } from '../suggest.ts';

/** How a task ends, as it is given. `result` undefined: left out. */
export type GivenResult = { readonly result: Json | undefined; readonly state: TaskState };

/** What a parameter file gives; what it leaves out is empty. */
export type RenderParams = {
  readonly parameters: JsonObject;
  readonly vars: JsonObject;
  readonly config: JsonObject;
  readonly keystore: JsonObject;
  readonly system: JsonObject;
  readonly results: Readonly<Record<string, readonly GivenResult[]>>;
  readonly item: Json | undefined;
  readonly index: number | undefined;
};

export const noParams: RenderParams = {
  ...{ parameters: {}, vars: {}, config: {}, keystore: {}, system: {}, results: {} },
  ...{ item: undefined, index: undefined },
};

const mapKeys = ['parameters', 'vars', 'config', 'keystore', 'system'] as const;
const keys: readonly string[] = [...mapKeys, 'results', 'item', 'index'];
const states: readonly TaskState[] = ['succeeded', 'failed', 'timed_out'];

/** Reads a parameter file. `tasks` are the names that `results` may use. Never throws for what is written in it. */
export function readParams(
  bytes: Uint8Array,
  tasks: readonly string[],
): { readonly params: RenderParams; readonly findings: readonly Finding[] } {
  const decoded = decodeBytes(bytes);
  if (!decoded.ok) {
    return { params: noParams, findings: locateParams([decoded.problem], decoded.before) };
  }
  const parsed = parseDocument(decoded.text);
  const problems: Problem[] = [...parsed.problems];
  const params = readRoot(parsed.value, tasks, (problem) => problems.push(problem));
  const findings = locateParams(problems, decoded.text);
  return { params: hasError(findings) ? noParams : params, findings };
}

/** Problems of a parameter file, or of what it should hold, in its text. */
export function locateParams(problems: readonly Problem[], text: string): readonly Finding[] {
  return locateAll(problems, createLocator(text), { strict: false });
}

function readRoot(root: unknown, tasks: readonly string[], report: Report): RenderParams {
  if (root === undefined || root === null) return noParams;
  if (!isMap(root)) {
    const message = `the parameter file must be a mapping, found ${found(root)}`;
    report(errorAt('SCHEMA_TYPE', wholeFile, message, `its keys are: ${keys.join(', ')}`));
    return noParams;
  }
  reportUnknown(root, [], keys, 'a parameter file', report);
  const maps = mapKeys.map((key) => [key, readMap(root[key], [key], report)]);
  const { index } = root;
  if (index !== undefined && !(Number.isSafeInteger(index) && Number(index) >= 0)) {
    report(
      errorAt(
        'SCHEMA_TYPE',
        atValue(['index']),
        `\`index\` must be an integer from 0, found ${found(index)}`,
      ),
    );
  }
  return {
    ...(Object.fromEntries(maps) as Pick<RenderParams, (typeof mapKeys)[number]>),
    results: readResults(root['results'], tasks, report),
    item: Object.hasOwn(root, 'item') ? json(root['item']) : undefined,
    index: typeof index === 'number' ? index : undefined,
  };
}

function readMap(value: unknown, at: DocumentPath, report: Report): JsonObject {
  if (value === undefined || value === null) return {};
  if (isMap(value)) return value as JsonObject;
  report(errorAt('SCHEMA_TYPE', atValue(at), `\`${at.at(-1)}\` must be a mapping, found ${found(value)}`));
  return {};
}

function readResults(value: unknown, tasks: readonly string[], report: Report): RenderParams['results'] {
  const results = readMap(value, ['results'], report);
  reportUnknown(results as RawMap, ['results'], tasks, 'the tasks of this workflow', report);
  return Object.fromEntries(
    Object.entries(results).map(([task, given]): [string, GivenResult[]] => {
      const at = ['results', task];
      if (!Array.isArray(given)) return [task, [readResult(given, at, report)]];
      return [task, given.map((one, index) => readResult(one, [...at, index], report))];
    }),
  );
}

function readResult(value: unknown, at: DocumentPath, report: Report): GivenResult {
  if (!isMap(value)) {
    const message = `what is given for \`${at[1]}\` must be a mapping, found ${found(value)}`;
    report(errorAt('SCHEMA_TYPE', atValue(at), message, 'write `{ result: …, state: succeeded }`'));
    return { result: undefined, state: 'succeeded' };
  }
  reportUnknown(value, at, ['result', 'state'], 'a result', report);
  const { state } = value;
  const known = states.find((one) => one === state);
  if (known === undefined && state !== undefined) {
    const near = typeof state === 'string' ? suggest(state, states) : undefined;
    const message = `\`state\` must be one of ${states.join(', ')}, found ${found(state)}`;
    const help = near === undefined ? 'without a state the task succeeds' : `did you mean \`${near}\`?`;
    report(errorAt('SCHEMA_ENUM', atValue([...at, 'state']), message, help));
  }
  return {
    result: Object.hasOwn(value, 'result') ? json(value['result']) : undefined,
    state: known ?? 'succeeded',
  };
}

function reportUnknown(
  map: RawMap,
  at: DocumentPath,
  known: readonly string[],
  of: string,
  report: Report,
): void {
  for (const key of Object.keys(map)) {
    if (known.includes(key)) continue;
    const near = suggest(key, known);
    const list = known.length > 12 ? `${known.slice(0, 12).join(', ')}, …` : known.join(', ');
    const help = near === undefined ? `there are: ${list}` : `did you mean \`${near}\`?`;
    const word = of.startsWith('the ') ? `\`${key}\` is none of ${of}` : `\`${key}\` is not a key of ${of}`;
    report(errorAt('SCHEMA_UNKNOWN_KEY', atKey([...at, key]), word, help));
  }
}
