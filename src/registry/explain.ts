// What the tables know about a path or a ref → why it is (not) registered, step by step in the order of a pass. Pure.
import type { Diagnostic } from '../model/diagnostic.ts';
import type {
  ExplainFacts,
  ExplainQuestion,
  ExplainStep,
  Explanation,
  RootHealth,
} from '../model/explain.ts';
import {
  explainConflict,
  explainFile,
  explainLinks,
  explainManifest,
  explainRef,
  explainValid,
} from './explain-file.ts';
import { explainDefinition, explainPack } from './explain-served.ts';
import { type Subject, silentAction, subjectOf } from './explain-subject.ts';

/** The answer; `rootOf` tells how the root of a source is. */
export function explain(
  question: ExplainQuestion,
  facts: ExplainFacts,
  rootOf: (source: string) => RootHealth,
): Explanation {
  const subject = subjectOf(question, facts);
  const health: RootHealth = subject.source === undefined ? { state: 'unknown' } : rootOf(subject.source);
  const isManifest = subject.file?.role === 'manifest';
  const end = isManifest ? explainPack(subject) : explainDefinition(subject);
  const steps = [
    explainRoot(subject, health),
    explainFile(subject, health),
    ...(isManifest ? [] : [explainManifest(subject)]),
    explainRole(subject),
    explainValid(subject),
    explainRef(subject),
    explainConflict(subject),
    explainLinks(subject),
    ...end.steps,
  ];
  return {
    steps: steps.filter((step) => step !== undefined),
    state: end.state,
    diagnostics: diagnosticsOf(subject),
  };
}

function explainRoot({ source, definition }: Subject, health: RootHealth): ExplainStep {
  const step = 'root';
  if (source === undefined) return { step, ok: null, message: 'no file and no row of this ref is known' };
  if (source === 'api') {
    return {
      step,
      ok: true,
      message: `${definition?.ref ?? 'it'} was written over the API: no file stands behind it`,
    };
  }
  switch (health.state) {
    case 'healthy':
      return { step, ok: true, message: `${source} is watched and could be looked at` };
    case 'unhealthy':
      return {
        ...{ step, ok: false },
        message: `${source} cannot be looked at (${health.reason}): what is registered from it goes on being served`,
      };
    case 'unseen':
      return { step, ok: null, message: `${source} has not been looked at since this daemon started` };
    case 'standby': {
      const by = health.leader === null ? 'another daemon' : health.leader;
      return { step, ok: true, message: `${source} is looked at by ${by}, which leads it` };
    }
    case 'unled':
      return {
        step,
        ok: false,
        message: `${source} is led by no daemon, and this one does not: ${health.reason}`,
      };
    case 'unknown':
      return { step, ok: false, message: `${source} is not a root of this daemon` };
    default:
      return health satisfies never;
  }
}

const roles = {
  manifest: 'its place makes it the manifest of its pack',
  action: 'its place makes it an action',
  workflow: 'its place makes it a workflow',
} as const;

function explainRole({ file }: Subject): ExplainStep | undefined {
  return file && { step: 'role', ok: true, message: roles[file.role] };
}

/** Of the file, and of those whose mistakes keep it out. */
function diagnosticsOf(subject: Subject): readonly Diagnostic[] {
  const { file, manifest, facts, definition, source } = subject;
  const graph = facts.files.find((one) => one.path === definition?.source_path && one.source === source);
  const bad = [manifest, ...facts.linked, silentAction(subject)].filter(
    (one) => one !== undefined && one.state !== 'valid',
  );
  const told = [file, graph, ...bad].filter((one) => one !== undefined);
  return [...new Map(told.map((one) => [one.path, one])).values()].flatMap((one) => one.diagnostics);
}
