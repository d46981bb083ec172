// The steps of an explanation that look at the registry: registered, and served as it lies on disk or why not. Pure.
import type {
  ExplainedBatch,
  ExplainedDefinition,
  ExplainedFile,
  ExplainFacts,
  ExplainState,
  ExplainStep,
} from '../model/explain.ts';
import { isBad, type Subject, silentAction } from './explain-subject.ts';

/** The last steps, and the state they end in. */
export type ExplainEnd = { readonly steps: readonly ExplainStep[]; readonly state: ExplainState };

type Served = { readonly state: ExplainState; readonly ok: boolean | null; readonly message: string };

export function explainPack({ file, source, path, facts }: Subject): ExplainEnd {
  const dir = path?.split('/')[0];
  const pack = facts.packs.find((one) => one.source === source && one.source_path === dir);
  if (pack === undefined)
    return end('not_registered', { ok: false, message: 'no pack is registered from it' });
  if (pack.status === 'retired') {
    return end('retired', { ok: false, message: `the pack ${pack.ref} was retired` });
  }
  const registered = { ok: true, message: `it is registered as the pack ${pack.ref}` };
  if (file?.state === 'valid') return end('served', registered);
  return end('served_older', { ok: null, message: `the pack ${pack.ref} stands as it was registered last` });
}

export function explainDefinition(subject: Subject): ExplainEnd {
  const { file, definition } = subject;
  if (definition === undefined) {
    const message = isReady(subject)
      ? 'it is not registered yet: the next pass does that'
      : file
        ? 'it was never registered'
        : 'nothing of it was ever registered';
    return end(file ? 'not_registered' : 'unknown', { ok: false, message });
  }
  if (isAnothers(subject, definition)) {
    const holder = definition.source === 'api' ? 'the API' : (definition.source_path ?? definition.source);
    return end('not_registered', {
      ok: false,
      message: `${definition.ref} is registered from ${holder}, not from it`,
    });
  }
  const { state, ok, message } = servedAs(subject, definition);
  return end(state, registeredAs(subject, definition), { ok, message });
}

/** Nothing stands in the way of a file. */
function isReady({ file, manifest, facts }: Subject): boolean {
  if (file?.state !== 'valid' || file.ref === null) return false;
  return manifest?.state === 'valid' && !facts.linked.some(isBad);
}

function end(state: ExplainState, ...found: readonly Omit<ExplainStep, 'step'>[]): ExplainEnd {
  const names = ['registered', 'served'] as const;
  return { state, steps: found.map((one, index) => ({ step: names[index] ?? 'served', ...one })) };
}

/** The file claims the ref in vain: another file, another source or the API has it. */
function isAnothers({ file }: Subject, definition: ExplainedDefinition): boolean {
  if (file === undefined || definition.status === 'retired') return false;
  if (definition.source !== file.source) return true;
  return (
    file.state === 'conflict' &&
    definition.source_path !== file.path &&
    !file.links.includes(definition.source_path ?? '')
  );
}

function registeredAs({ facts }: Subject, definition: ExplainedDefinition): Omit<ExplainStep, 'step'> {
  const { ref, id, number, status, retired_at } = definition;
  const others = facts.definitions.filter(
    (one) => one !== definition && one.source_path === definition.source_path && one.status !== 'retired',
  );
  const besides = others.length === 0 ? '' : `, beside ${others.map((one) => one.ref).join(', ')}`;
  const what = number === null ? `action ${id}` : `id ${id}, revision ${number}`;
  if (status !== 'retired') return { ok: true, message: `it is registered as ${ref} (${what})${besides}` };
  return {
    ok: false,
    message: `${ref} (${what}) was retired at ${retired_at}; a file brings it back under the same id`,
  };
}

function servedAs(subject: Subject, definition: ExplainedDefinition): Served {
  const { ref, number } = definition;
  const what = number === null ? 'the action' : `revision ${number}`;
  if (definition.status === 'retired') {
    return { state: 'retired', ok: false, message: 'executors do not get what is retired' };
  }
  if (!definition.enabled) {
    return {
      state: 'disabled',
      ok: false,
      message: `executors do not get ${ref} until a person enables it again`,
    };
  }
  if (definition.pinned !== null) {
    const over = definition.pinned_over === null ? '' : ` over revision ${definition.pinned_over}`;
    const message = `revision ${definition.pinned} is served, pinned by a rollback${over} until the file changes or it is unpinned`;
    return { state: 'pinned', ok: null, message };
  }
  return removal(subject, definition) ?? drift(definition) ?? comparison(subject, definition, what);
}

/** Why what has no file is still there. */
function removal({ facts }: Subject, definition: ExplainedDefinition): Served | undefined {
  const batch = facts.batches.find(({ refs }) => refs.includes(definition.ref));
  if (batch) return heldIn(batch, definition.ref);
  if (
    !definition.protected ||
    definition.status !== 'degraded' ||
    onDisk(facts.files, facts.linked, definition)
  ) {
    return undefined;
  }
  return {
    state: 'protected',
    ok: null,
    message: 'its file is gone; it is protected, so it goes on being served',
  };
}

function heldIn({ batch, state, count, reason }: ExplainedBatch, ref: string): Served {
  if (state === 'rejected') {
    const message = `its file is gone; a person rejected the removal (batch ${batch}), so ${ref} is served until the file is back`;
    return { state: 'rejected', ok: null, message };
  }
  if (state === 'approved') {
    return {
      state: 'held',
      ok: null,
      message: `its file is gone; the removal is approved (batch ${batch}): the next pass retires it`,
    };
  }
  const why = reason === 'root_empty' ? 'nothing is left under the root' : `${count} would go at once`;
  const message = `its file is gone; as ${why}, the removal waits for a person to approve or reject batch ${batch}`;
  return { state: 'held', ok: null, message };
}

function drift({ drifted }: ExplainedDefinition): Served | undefined {
  if (!drifted) return undefined;
  return {
    state: 'drifted',
    ok: false,
    message: 'its row was changed by hand: what is served is not what was registered',
  };
}

/** What is served against what lies on disk. */
function comparison(subject: Subject, definition: ExplainedDefinition, what: string): Served {
  const { facts, file, manifest, source } = subject;
  if (source === 'api') return { state: 'served', ok: true, message: `${what} is served` };
  const disk = onDisk(facts.files, facts.linked, definition);
  const parts = [disk, file, ...linkedTo(definition, facts), silentAction(subject)];
  if (parts.some(isBad))
    return { state: 'served_older', ok: null, message: `${what}, the last good one, is served` };
  if (disk === undefined) {
    const message = `${what} is served, though its file was not seen: a pass has yet to decide`;
    return { state: 'served_older', ok: null, message };
  }
  if (definition.kind === 'action' || disk.digest === definition.file_digest) {
    return { state: 'served', ok: true, message: `${what} is served, as it lies on disk` };
  }
  const waits =
    manifest === undefined || manifest.state !== 'valid'
      ? 'it waits for a good manifest'
      : 'the next pass registers it';
  return {
    state: 'served_older',
    ok: null,
    message: `${what} is served, and the file has changed since: ${waits}`,
  };
}

/** The action that names the graph of a definition, and the graph. */
function linkedTo(
  { ref, source_path }: ExplainedDefinition,
  { linked }: ExplainFacts,
): readonly ExplainedFile[] {
  return linked.filter((one) => (one.role === 'action' ? one.ref === ref : one.path === source_path));
}

function onDisk(
  files: readonly ExplainedFile[],
  linked: readonly ExplainedFile[],
  { source, source_path }: ExplainedDefinition,
): ExplainedFile | undefined {
  return [...files, ...linked].find((file) => file.source === source && file.path === source_path);
}
