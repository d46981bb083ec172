// The pure core on one pack, as a pass runs it: texts and registered rows in, desired state and plan out. No disk, no loop.
import type { Finding } from '../../src/model/diagnostic.ts';
import type { ObservedFile, ObservedPack } from '../../src/model/listing.ts';
import type { PackDir, PackPath, PackRef, Ref, SourceName } from '../../src/model/pack.ts';
import type { RegistrationPlan } from '../../src/model/plan.ts';
import type { DesiredPack, RegisteredState } from '../../src/model/state.ts';
import { linksOutside } from '../../src/reconcile/outline.ts';
import { findRest, type Rest, wake, workflowsAtRest } from '../../src/registry/at-rest.ts';
import { completeFacts, missingChecks } from '../../src/registry/checks.ts';
import { desiredPack } from '../../src/registry/desired.ts';
import { roleOf } from '../../src/registry/discover.ts';
import { type FileFacts, factsOfChecked } from '../../src/registry/facts.ts';
import { manifestOf, manifestVerdict } from '../../src/registry/manifest.ts';
import { planPack } from '../../src/registry/plan.ts';
import type { PlanRules } from '../../src/registry/plan-rules.ts';
import { checkText, observeText } from './memory-disk.ts';
import type { RegistryModel } from './registry-model.ts';

export const ops = 'ops' as PackRef;
export const here = 'root:here' as SourceName;
export const manifest = 'ref: ops\nversion: 1.0.0\n';

export type Texts = Readonly<Record<string, string | Finding>>;

export type PureOptions = {
  /** Paths in the order they are listed. */
  readonly order?: readonly string[];
  /** True: no row is believed, every file is checked. */
  readonly distrustAll?: boolean;
  readonly complete?: boolean;
  readonly checkedBy?: string;
  readonly rivals?: readonly string[];
  readonly source?: SourceName;
  readonly rules?: PlanRules;
  /** True: the facts of the files come in the other order, the manifest last. */
  readonly reversed?: boolean;
  /** True: what is at rest is set apart, and `desired` says nothing of it. */
  readonly apart?: boolean;
};

export type PureResult = {
  readonly desired: DesiredPack;
  readonly plan: RegistrationPlan;
  /** Paths that were checked. */
  readonly checked: readonly string[];
  /** Refs that were set apart. */
  readonly resting: readonly Ref[];
};

export function observeTexts(texts: Texts, { order, complete = true, source = here }: PureOptions = {}) {
  const files = new Map<PackPath, ObservedFile>();
  for (const name of order ?? Object.keys(texts)) {
    const path = name as PackPath;
    const text = texts[name];
    if (text !== undefined) files.set(path, observeText(path, roleOf(path) ?? 'workflow', text));
  }
  const observed: ObservedPack = {
    ...{ source, dir: 'ops' as PackDir, state: 'pack', files, complete, settled: true },
    ...{ trouble: [], fingerprint: '', compared: 'same' },
  };
  return observed;
}

/** What the pack `ops` with these files (without a manifest: a good one is added) should be, and the plan. */
export function purePass(given: Texts, model: RegistryModel, options: PureOptions = {}): PureResult {
  const texts: Texts = { 'ops/pack.yaml': manifest, ...given };
  const { distrustAll = false, checkedBy = 'rules', source = here } = options;
  const order = options.order && ['ops/pack.yaml', ...options.order];
  const registered = model.state(source, 'ops', 'ops');
  const asked = new Set<string>(linksOutside(registered.files.values()));
  // Outside the usual directories a file is seen only once a link leads to it.
  const observe = () => {
    const seen = Object.entries(texts).filter(
      ([path]) => roleOf(path as PackPath) !== undefined || asked.has(path),
    );
    return observeTexts(Object.fromEntries(seen), order ? { ...options, order } : options);
  };
  let observed = observe();
  const facts = new Map<PackPath, FileFacts>();
  const input = () => ({ observed, packRef: ops, registered, checkedBy, distrustAll });
  const findRestNow = () => findRest({ ...input(), distrustAll: distrustAll || options.apart !== true });
  let rest = findRestNow();
  for (;;) {
    rest = wake(rest, input(), facts);
    const missing = missingChecks({ ...input(), ...apartOf(rest, source), facts });
    for (const path of missing) facts.set(path, factsFor(observed, path, texts));
    const links = linksOutside(facts.values()).filter((path) => !asked.has(path));
    if (links.length === 0 && missing.length === 0) break;
    if (links.length === 0) continue;
    for (const path of links) asked.add(path);
    observed = observe();
    rest = findRestNow();
  }
  const file = manifestOf(observed);
  const checked = checkText('manifest', texts[file?.path ?? ''] as string);
  const verdict = manifestVerdict(observed, checked, false);
  if (verdict.state !== 'named') throw new Error('the manifest is bad');
  const apart = apartOf(rest, source);
  const complete = completeFacts({ ...apart, facts });
  const ofAll = [...verdict.facts.map((one) => [one.path, one] as const), ...complete];
  const desired = desiredPack({
    ...{ source, dir: observed.dir, packRef: ops, pack: verdict.pack, checkedBy },
    registered: apart.registered,
    facts: new Map(options.reversed ? ofAll.reverse() : ofAll),
    complete: observed.complete,
    rivals: (options.rivals ?? []) as readonly PackPath[],
  });
  const decided = planPack(desired, apart.registered, options.rules);
  const plan = { ...decided, unchanged: decided.unchanged + workflowsAtRest(rest) };
  return { desired, plan, checked: [...facts.keys()].sort(), resting: [...rest.resting.keys()] };
}

function apartOf({ part }: Rest, source: SourceName) {
  return { observed: { source, files: part.files }, registered: part.registered };
}

/** Plans and applies; returns what `purePass` does. */
export function runPass(texts: Texts, model: RegistryModel, options: PureOptions = {}): PureResult {
  const result = purePass(texts, model, options);
  model.applyPlan(result.plan);
  return result;
}

function factsFor(observed: ObservedPack, path: PackPath, texts: Texts): FileFacts {
  const file = observed.files.get(path);
  const text = texts[path];
  if (!file || typeof text !== 'string') throw new Error(`${path} cannot be checked`);
  return factsOfChecked(file, checkText(file.role, text), observed.dir, ops);
}

export function emptyState(): RegisteredState {
  return { pack: undefined, workflows: new Map(), actions: new Map(), files: new Map() };
}

/** A workflow of one task. */
export function flow(x: number | string = 1, head = ''): string {
  return `${head}version: 1.0.0\nvars:\n  x: ${x}\ntasks:\n  - name: only\n    action: core.noop\n`;
}

/** A workflow that no rule accepts: a task without action. */
export const badFlow = 'version: 1.0.0\ntasks:\n  - name: only\n    next: [nowhere]\n    extra: [\n';

/** An action with a script, or with a graph. */
export function action(options: { ref?: string; graph?: string; head?: string } = {}): string {
  const ref = options.ref === undefined ? '' : `ref: ${options.ref}\n`;
  const body = options.graph === undefined ? 'entry_point: run.sh\n' : `workflow_file: ${options.graph}\n`;
  return `${ref}${options.head ?? ''}${body}`;
}
