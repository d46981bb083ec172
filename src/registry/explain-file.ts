// The steps of an explanation that look at the disk: seen, in a good pack, valid, with a ref of its own. Pure.
import type { ExplainedFile, ExplainStep, RootHealth } from '../model/explain.ts';
import type { PackPath } from '../model/pack.ts';
import { mayBePack, packDirectories, packDirOf, roleOf } from './discover.ts';
import { isBad, type Subject, silentAction } from './explain-subject.ts';

export function explainFile(subject: Subject, health: RootHealth): ExplainStep | undefined {
  const { path, file, source, definition } = subject;
  const step = 'file';
  if (path === undefined || source === 'api') return undefined;
  if (file?.digest) {
    return {
      step,
      ok: true,
      message: `${path} is seen with the bytes ${file.digest.slice(0, 12)} since ${file.since}`,
    };
  }
  if (file) return { step, ok: false, message: `${path} is there, but its bytes could not be read` };
  const unlisted = health.state === 'healthy' ? health.unlisted.get(packDirOf(path as PackPath)) : undefined;
  if (unlisted !== undefined) {
    return {
      step,
      ok: false,
      message: `${path} was not seen, and its pack cannot be listed whole: ${unlisted}`,
    };
  }
  if (definition?.source_path === path)
    return { step, ok: false, message: `${path} is not on disk any more` };
  const why = whyClosed(subject, path as PackPath) ?? whyUnseen(path as PackPath);
  return { step, ok: false, message: `${path} was never seen: ${why}` };
}

/** Of a directory from which nothing is registered the manifest alone is looked into. */
function whyClosed(subject: Subject, path: PackPath): string | undefined {
  const { manifest } = subject;
  const dir = packDirOf(path);
  if (manifest === undefined || manifest.state === 'valid' || roleOf(path) === undefined) return undefined;
  if (packFrom(subject, dir)) return undefined;
  return `nothing else in ${dir} is looked into before ${manifest.path} is good`;
}

/** The pack that is registered from a directory. */
function packFrom({ facts, source }: Subject, dir: string) {
  return facts.packs.find(
    (pack) => pack.source === source && pack.source_path === dir && pack.status !== 'retired',
  );
}

/** What about a path keeps its file from being looked at. */
function whyUnseen(path: PackPath): string {
  const dir = packDirOf(path);
  if (path.startsWith('/') || path.split('/').includes('..'))
    return 'a path is given from its root, without ..';
  if (!mayBePack(dir)) return `directories like ${dir} are never looked into`;
  if (roleOf(path) !== undefined) return 'no file is there, or its pack was not looked at since it was made';
  const places = packDirectories.map((place) => `${place}/`).join(', ');
  return `looked at are pack.yaml in the directory of a pack, and *.yaml and *.yml in its ${places}`;
}

export function explainManifest(subject: Subject): ExplainStep | undefined {
  const { path, manifest, source, file } = subject;
  const step = 'pack';
  if (path === undefined || source === 'api' || (!file && !manifest)) return undefined;
  const dir = path.split('/')[0] ?? path;
  if (manifest === undefined) return { step, ok: false, message: `${dir} has no pack.yaml` };
  if (manifest.state === 'valid') {
    return { step, ok: true, message: `${manifest.path} is valid: the pack is ${manifest.ref}` };
  }
  const registered = packFrom(subject, dir);
  const outcome = registered
    ? `the pack ${registered.ref} stays as it was registered last`
    : 'nothing of the directory is registered';
  return { step, ok: false, message: `${manifest.path} ${faultOf(manifest)}; ${outcome}` };
}

export function explainValid({ file }: Subject): ExplainStep | undefined {
  const step = 'valid';
  if (file === undefined) return undefined;
  if (isBad(file)) return { step, ok: false, message: `it ${faultOf(file)}` };
  const warnings = file.diagnostics.filter(({ severity }) => severity === 'warning').length;
  const found = warnings === 0 ? 'it is valid' : `it is valid, with ${amount(warnings, 'warning')}`;
  return { step, ok: true, message: found };
}

export function explainRef({ file, facts, name }: Subject): ExplainStep | undefined {
  const step = 'ref';
  if (file === undefined) return undefined;
  if (file.ref !== null) {
    const what = file.role === 'manifest' ? 'the pack ' : '';
    return { step, ok: true, message: `it stands for ${what}${file.ref}` };
  }
  const refs = namersOf(file, facts.linked).flatMap((action) => action.ref ?? []);
  if (refs.length > 0)
    return { step, ok: true, message: `it stands for ${refs.join(', ')}, by the actions that name it` };
  return { step, ok: false, message: `no ref can be told from ${name}` };
}

export function explainConflict({ file, facts, definition, source }: Subject): ExplainStep | undefined {
  const step = 'conflict';
  if (file === undefined) {
    const [other] = facts.files;
    return other && { step, ok: null, message: `${other.path} of ${other.source} has the same ref` };
  }
  if (file.ref === null) return undefined;
  const told = file.diagnostics.find(({ code }) => code === 'REF_CONFLICT');
  // The incumbent's row says so too, and is served all the same.
  const isServed = definition?.source === source && definition?.source_path === file.path;
  if (told) return { step, ok: isServed ? null : false, message: told.message };
  const other = facts.rivals.find((rival) => rival.source !== file.source);
  if (other) return { step, ok: null, message: `${other.path} of ${other.source} has the same ref` };
  return { step, ok: true, message: 'nothing else claims the same ref' };
}

export function explainLinks(subject: Subject): ExplainStep | undefined {
  const { file, facts } = subject;
  const step = 'links';
  if (file === undefined) return undefined;
  const namers = namersOf(file, facts.linked);
  const bad = [
    ...namers,
    ...file.links.flatMap((path) => facts.linked.filter((one) => one.path === path)),
  ].find(isBad);
  if (bad) {
    const relation = namers.includes(bad) ? 'which names it as its graph,' : 'its graph,';
    return { step, ok: false, message: `${bad.path}, ${relation} ${faultOf(bad)}` };
  }
  const silent = silentAction(subject);
  if (silent)
    return { step, ok: false, message: `${silent.path}, the action of the same ref, ${faultOf(silent)}` };
  if (namers.length > 0) {
    return { step, ok: true, message: `it is the graph of ${namers.map(({ path }) => path).join(', ')}` };
  }
  const missing = file.links.find((path) => !facts.linked.some((one) => one.path === path));
  if (missing !== undefined) return { step, ok: false, message: `${missing}, its graph, was not seen` };
  return file.links.length === 0
    ? undefined
    : { step, ok: true, message: `its graph is ${file.links.join(', ')}` };
}

/** Actions that name a file as their graph. */
function namersOf(file: ExplainedFile, linked: readonly ExplainedFile[]): readonly ExplainedFile[] {
  return linked.filter(
    (one) => one.role === 'action' && one.source === file.source && one.links.includes(file.path),
  );
}

/** `is invalid: 2 errors, the first in line 3: …`, to go on after the file's name. */
function faultOf({ state, diagnostics }: ExplainedFile): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  const kind =
    state === 'unreadable' ? 'cannot be read' : state === 'conflict' ? 'is in conflict' : 'is invalid';
  if (first === undefined) return kind;
  if (errors.length === 1) return `${kind}, line ${first.line}: ${first.message}`;
  return `${kind}, ${amount(errors.length, 'error')}, the first in line ${first.line}: ${first.message}`;
}

function amount(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
