// Tasks that call actions and workflows by their ref → what is wrong with the calls, as far as the packs called are known.
// Computed when asked, never stored: what one pack holds is no property of another one's file. Pure.
import { createLocator } from '../language/locate.ts';
import { isMap, listOf, type RawMap } from '../language/raw.ts';
import { parametersOf, requiredParameters } from '../language/rules/known-names.ts';
import { suggest } from '../language/suggest.ts';
import {
  type DiagnosticCode,
  type DocumentPath,
  type Finding,
  maxDiagnosticsPerFile,
} from '../model/diagnostic.ts';
import type { Json, JsonObject } from '../model/pack.ts';

/** A task that names an action. */
export type Call = {
  readonly ref: string;
  /** Names it gives values for. */
  readonly given: readonly string[];
  /** Where the task stands in its file. */
  readonly at: DocumentPath;
};

/** What an action or workflow takes. */
export type Callable = {
  /** Undefined: any name. */
  readonly names: ReadonlySet<string> | undefined;
  readonly required: readonly string[];
};

/**
 * The packs that are known in full, each with the names of what can be called in it; undefined for a name whose file is no
 * good, of which nothing more is known. A pack that is not here is the platform's, or not looked at: nothing is said of it.
 */
export type Callables = ReadonlyMap<string, ReadonlyMap<string, Callable | undefined>>;

/** A finding that is not located yet: that takes the text of the file. */
export type CallFinding = {
  readonly code: Extract<DiagnosticCode, `CALL_${string}`>;
  readonly message: string;
  readonly help: string;
  readonly at: DocumentPath;
  readonly part: 'key' | 'value';
};

/** The calls of a definition in canonical form, at every depth, in the order of its tasks. */
export function callsOf(definition: JsonObject): readonly Call[] {
  const calls: Call[] = [];
  collect(definition['tasks'], ['tasks'], calls);
  return calls;
}

function collect(tasks: unknown, at: DocumentPath, calls: Call[]): void {
  for (const [index, task] of listOf(tasks).entries()) {
    if (!isMap(task)) continue;
    const path = [...at, index];
    const { action, input } = task;
    if (typeof action === 'string') {
      calls.push({ ref: action, given: isMap(input) ? Object.keys(input) : [], at: path });
    }
    if (task['tasks'] != null) collect(task['tasks'], [...path, 'tasks'], calls);
  }
}

/** What a schema of either style asks of a caller; of none, nothing is known. */
export function callableOf(schema: Json): Callable | undefined {
  if (!isMap(schema)) return undefined;
  return { names: parametersOf(schema), required: requiredParameters(schema as RawMap) };
}

/** What is wrong with the calls of one file, in their order, at most as many as a file may have. */
export function judgeCalls(calls: readonly Call[], known: Callables): readonly CallFinding[] {
  const findings: CallFinding[] = [];
  for (const call of calls) {
    if (findings.length >= maxDiagnosticsPerFile) break;
    const [pack = '', name = '', ...more] = call.ref.split('.');
    const callables = more.length === 0 && name !== '' ? known.get(pack) : undefined;
    if (callables === undefined) continue;
    const callable = callables.get(name);
    if (callable !== undefined) findings.push(...judgeInput(call, callable));
    else if (!callables.has(name)) findings.push(unknownAction(call, pack, name, callables));
  }
  return findings.slice(0, maxDiagnosticsPerFile);
}

function unknownAction(
  { ref, at }: Call,
  pack: string,
  name: string,
  callables: ReadonlyMap<string, unknown>,
): CallFinding {
  const near = suggest(name, callables.keys());
  return {
    code: 'CALL_UNKNOWN_ACTION',
    message: `the pack ${pack} has neither an action nor a workflow \`${shorten(ref)}\``,
    help: near === undefined ? 'correct the ref, or add what it names' : `did you mean \`${pack}.${near}\`?`,
    at: [...at, 'action'],
    part: 'value',
  };
}

function* judgeInput({ ref, given, at }: Call, { names, required }: Callable): Generator<CallFinding> {
  const place = [...at, 'input'];
  const missing = required.filter((name) => !given.includes(name));
  if (missing.length > 0) {
    const shown = missing.slice(0, maxShown).map((name) => `\`${shorten(name)}\``);
    const message = `\`${ref}\` needs ${shown.join(', ')}${missing.length > maxShown ? ', …' : ''}, which this task does not give`;
    const help = missing.length === 1 ? 'add it to `input`' : 'add them to `input`';
    yield { code: 'CALL_MISSING_PARAMETER', message, help, at: place, part: 'value' };
  }
  for (const name of names === undefined ? [] : given) {
    if (names?.has(name) !== false) continue;
    const near = suggest(name, names);
    const message = `\`${ref}\` has no parameter \`${shorten(name)}\``;
    const help = near === undefined ? listed(names) : `did you mean \`${near}\`?`;
    yield { code: 'CALL_UNKNOWN_PARAMETER', message, help, at: [...place, name], part: 'key' };
  }
}

/** Names that are shown. */
const maxShown = 8;

function listed(names: ReadonlySet<string>): string {
  if (names.size === 0) return 'it takes none: remove it';
  const shown = [...names].slice(0, maxShown).map(shorten).join(', ');
  return `its parameters are: ${shown}${names.size > maxShown ? ', …' : ''}`;
}

function shorten(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name;
}

/** The findings in the text they were made of. Warnings whatever the settings: they say nothing against the file itself. */
export function locateCalls(text: string, findings: readonly CallFinding[]): readonly Finding[] {
  const locator = createLocator(text);
  return findings.map(({ code, message, help, at, part }) => {
    const position = locator.locate(at, part);
    return { code, severity: 'warning', message, ...position, help };
  });
}
