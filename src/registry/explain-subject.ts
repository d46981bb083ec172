// A question and what the tables know → the one file and definition that it is about. Pure.
import type { ExplainedDefinition, ExplainedFile, ExplainFacts, ExplainQuestion } from '../model/explain.ts';

/** The one file and definition that a question is about, with everything else that was read. */
export type Subject = {
  /** As asked for. */
  readonly name: string;
  /** Undefined: a ref that nothing is known of. */
  readonly source: string | undefined;
  /** Undefined: no file stands behind the ref, or stood. */
  readonly path: string | undefined;
  readonly file: ExplainedFile | undefined;
  readonly manifest: ExplainedFile | undefined;
  readonly definition: ExplainedDefinition | undefined;
  readonly facts: ExplainFacts;
};

/** What a question is about. */
export function subjectOf(question: ExplainQuestion, facts: ExplainFacts): Subject {
  const found =
    question.about === 'path' ? ofPath(question.path, question.source, facts) : ofRef(question, facts);
  const dir = found.path?.split('/')[0];
  const manifest = facts.manifests.find(
    (one) => one.source === found.source && one.path.split('/')[0] === dir,
  );
  return { ...found, manifest, facts };
}

type Found = Omit<Subject, 'manifest' | 'facts'>;

function ofPath(path: string, source: string, facts: ExplainFacts): Found {
  const [file] = facts.files;
  const live = [...facts.definitions].sort(liveFirst);
  // What is registered from the path, before what only has the ref that the file claims.
  const own = live.find((one) => one.source_path === path && one.source === source);
  const definition = own ?? live.find((one) => one.ref === file?.ref) ?? live[0];
  return { name: path, source, path, file, definition };
}

function ofRef(question: Extract<ExplainQuestion, { about: 'ref' }>, facts: ExplainFacts): Found {
  const { ref } = question;
  const definition = byRef(facts, ref);
  const file = mainFile(facts, definition);
  return {
    name: ref,
    source: file?.source ?? definition?.source ?? question.source,
    path: file?.path ?? definition?.source_path ?? undefined,
    file,
    definition,
  };
}

/** A workflow before the plain action it once was. */
function byRef(facts: ExplainFacts, ref: string): ExplainedDefinition | undefined {
  const found = facts.definitions.filter((one) => one.ref === ref).sort(liveFirst);
  return found.find((one) => one.kind === 'workflow' && one.status !== 'retired') ?? found[0];
}

/** True for a file that keeps what it stands for as it was. */
export function isBad(file: ExplainedFile | undefined): boolean {
  return file?.state === 'invalid' || file?.state === 'unreadable';
}

/** An action too broken to name the graph that a degraded definition is made of. */
export function silentAction({ file, definition, facts }: Subject): ExplainedFile | undefined {
  if (definition?.status !== 'degraded') return undefined;
  const isIt = (one: ExplainedFile) =>
    one.role === 'action' && one.ref === definition.ref && one.source === definition.source && isBad(one);
  return file?.role === 'workflow' ? [...facts.files, ...facts.rivals].find(isIt) : undefined;
}

function liveFirst(a: ExplainedDefinition, b: ExplainedDefinition): number {
  return Number(a.status === 'retired') - Number(b.status === 'retired');
}

/** Of the files that claim a ref: the one that is served, then a graph, then an action; none of another owner's. */
function mainFile(
  { files }: ExplainFacts,
  definition: ExplainedDefinition | undefined,
): ExplainedFile | undefined {
  const owner = definition?.status === 'retired' ? undefined : definition?.source;
  const own = files.filter(({ source }) => owner === undefined || source === owner);
  const served = own.find(
    (file) => file.source === definition?.source && file.path === definition.source_path,
  );
  return served ?? own.find(({ role }) => role === 'workflow') ?? own[0];
}
