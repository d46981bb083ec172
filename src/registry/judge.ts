// What the tables say of a file after a pass → live, rejected, or not decided yet. Pure.
import type {
  ExplainedDefinition,
  ExplainFacts,
  ExplainQuestion,
  ExplainStep,
  Explanation,
} from '../model/explain.ts';
import type { PackPath } from '../model/pack.ts';
import type { SeenFile, WaitAnswer } from '../model/wait.ts';
import { mayBePack, packDirOf, roleOf } from './discover.ts';
import { type Subject, subjectOf } from './explain-subject.ts';

/** `undecided`: a later pass may decide, or other bytes may come. */
export type Judgement = Omit<WaitAnswer, 'state'> & { readonly state: 'live' | 'rejected' | 'undecided' };

type Verdict = { readonly state: Judgement['state']; readonly reason?: string | undefined };

/**
 * `explanation` of the same facts; `digest` as in `WaitQuestion`. Undefined: nothing was ever
 * known of the ref.
 */
export function judge(
  question: ExplainQuestion,
  facts: ExplainFacts,
  explanation: Explanation,
  digest: string | undefined,
): Judgement | undefined {
  const subject = subjectOf(question, facts);
  const { file, definition, path, source } = subject;
  if (source === undefined || (question.about === 'ref' && !file && !definition)) return undefined;
  const { state, reason } = verdictOf(subject, explanation, digest);
  const isServed = state === 'live' && definition?.status !== 'retired';
  return {
    state,
    source,
    path: path ?? null,
    ref: refOf(subject),
    ...(isServed ? servedOf(subject, definition) : {}),
    ...(reason === undefined ? {} : { reason }),
    on_disk: file ? seenOf(file) : null,
    diagnostics: explanation.diagnostics,
  };
}

function verdictOf(subject: Subject, explanation: Explanation, digest: string | undefined): Verdict {
  const { file, source } = subject;
  if (source === 'api')
    return { state: 'live', reason: 'it was written over the API: no file stands behind it' };
  if (file === undefined)
    return digest === undefined || digest === 'absent'
      ? verdictOnAbsence(subject)
      : verdictOnUnseen(subject, explanation);
  const isMeant = file.digest === digest;
  // Under a bad manifest no other file is looked at: what lies there is not known.
  if (!isMeant && hasBadManifest(subject)) return { state: 'rejected', reason: failureOf(explanation.steps) };
  if (digest === 'absent') return { state: 'undecided', reason: 'the file is still there' };
  // What cannot be read has no digest to compare with.
  if (!isMeant && digest !== undefined && file.digest !== null)
    return { state: 'undecided', reason: `other bytes lie on disk: SHA-256 ${file.digest}` };
  return verdictOnFile(subject, explanation);
}

/** No file, and none is meant: nothing of it may be served any more. */
function verdictOnAbsence({ definition, facts }: Subject): Verdict {
  if (definition === undefined)
    return { state: 'live', reason: 'there is no file, and nothing is served from it' };
  if (definition.status === 'retired')
    return { state: 'live', reason: `there is no file, and ${definition.ref} is retired` };
  const batch = facts.batches.find(({ refs }) => refs.includes(definition.ref));
  if (batch && batch.state !== 'approved') {
    const what = batch.state === 'open' ? 'waits for a person' : 'was rejected by a person';
    return { state: 'rejected', reason: `the removal of ${definition.ref} ${what}: batch ${batch.batch}` };
  }
  if (definition.protected && definition.status === 'degraded') {
    return {
      state: 'rejected',
      reason: `${definition.ref} is protected: it is served though its file is gone`,
    };
  }
  return { state: 'undecided', reason: `there is no file, and ${definition.ref} is served still` };
}

/** Bytes are meant that the daemon has not seen: they may be on their way to its disk. */
function verdictOnUnseen(subject: Subject, explanation: Explanation): Verdict {
  const path = (subject.path ?? '') as PackPath;
  const isLookedAt = roleOf(path) !== undefined && mayBePack(packDirOf(path));
  const state = isLookedAt && !hasBadManifest(subject) ? 'undecided' : 'rejected';
  return { state, reason: failureOf(explanation.steps) };
}

function verdictOnFile(subject: Subject, { state, steps }: Explanation): Verdict {
  const reason = failureOf(steps);
  switch (state) {
    case 'served':
      return { state: 'live' };
    case 'disabled':
      return { state: isWhole(subject) ? 'live' : 'rejected', reason };
    case 'pinned':
    case 'drifted':
    case 'protected':
    case 'rejected':
      return { state: 'rejected', reason };
    case 'held':
    case 'retired':
    case 'unknown':
    case 'served_older':
    case 'not_registered':
      return { state: isWhole(subject) ? 'undecided' : 'rejected', reason };
    default:
      return state satisfies never;
  }
}

/** Nothing that can be told from the files stands in the way: what is not registered of them will be. */
function isWhole(subject: Subject): boolean {
  const { file, facts } = subject;
  const files = [...(file ? [file] : []), ...facts.linked];
  return !hasBadManifest(subject) && files.every(({ state }) => state === 'valid');
}

function hasBadManifest({ manifest, file }: Subject): boolean {
  return manifest !== undefined && manifest.state !== 'valid' && manifest.path !== file?.path;
}

/** The first thing in the way; how the root is, is told otherwise. */
function failureOf(steps: readonly ExplainStep[]): string | undefined {
  const failed = steps.find(({ step, ok }) => ok === false && step !== 'root');
  return (failed ?? steps.at(-1))?.message;
}

function refOf({ file, definition }: Subject): string | null {
  return file?.role === 'manifest' ? file.ref : (definition?.ref ?? file?.ref ?? null);
}

function servedOf(
  { file }: Subject,
  definition: ExplainedDefinition | undefined,
): Pick<Judgement, 'revision' | 'number'> {
  if (file?.role === 'manifest' || !definition || definition.revision === null) return {};
  const { revision, number } = definition;
  return { revision, ...(number === null ? {} : { number }) };
}

function seenOf({ digest, state, since }: SeenFile): SeenFile {
  return { digest, state, since };
}
