// Packs by upload: the whole archive in one apply, or nothing of it. What an upload brings has rows in `pack_file` like the files of a
// root, under the source `api`; so the next one replaces what it brought, and nothing else.
import { apiSource, type PackRef } from '../model/pack.ts';
import type { RegistrationPlan } from '../model/plan.ts';
import type { DesiredPack, RegisteredState } from '../model/state.ts';
import type { WriteRefusal, WriteResult, Writes } from '../model/writes.ts';
import { planPack } from '../registry/plan.ts';
import { claimsInVain, isWhole, namesAnother, planUpload, problemsOf } from '../registry/uploaded.ts';
import { nothingOf } from '../registry/written.ts';
import type { WritePorts } from './ports.ts';
import { readUpload } from './read-upload.ts';
import type { WriteUntilFresh } from './until-fresh.ts';

type PackWrites = Pick<Writes, 'createPack' | 'replacePack' | 'retirePack'>;
type Decision = RegistrationPlan | WriteRefusal;

export function createPackWrites(ports: WritePorts, write: WriteUntilFresh): PackWrites {
  return {
    async createPack(archive) {
      const good = await examine(ports, archive, undefined);
      if ('reason' in good) return refused(good);
      const ref = good.packRef as PackRef;
      return write({
        ...{ kind: 'pack', ref, packRef: ref, precondition: undefined },
        decide: (registered) =>
          isThere(registered)
            ? (ownedElsewhere(registered, ref) ?? { reason: 'exists', ref })
            : plan(good, registered),
      });
    },
    async replacePack(name, archive, precondition) {
      const good = await examine(ports, archive, name);
      if ('reason' in good) return refused(good);
      const ref = good.packRef as PackRef;
      return write({
        ...{ kind: 'pack', ref, packRef: ref, precondition },
        decide: (registered) =>
          isThere(registered)
            ? (ownedElsewhere(registered, ref) ?? plan(good, registered))
            : { reason: 'missing' },
      });
    },
    async retirePack(name, precondition) {
      const ref = name as PackRef;
      return write({
        ...{ kind: 'pack', ref, packRef: ref, precondition },
        decide(registered) {
          if (!isThere(registered)) return { reason: 'missing' };
          return (
            ownedElsewhere(registered, ref) ??
            unlessProtected(planPack(nothingOf(ref, 'gone'), registered), registered)
          );
        },
      });
    },
  };
}

function refused(refusal: WriteRefusal): WriteResult {
  return { outcome: 'refused', ...refusal };
}

/** `ref`: what the address names. */
async function examine(
  ports: WritePorts,
  archive: Uint8Array,
  ref: string | undefined,
): Promise<DesiredPack | WriteRefusal> {
  const read = await ports.readArchive(archive);
  if (!read.ok) return { reason: 'archive', message: read.message };
  const { packRef, desired, manifest } = await readUpload(ports, read.files);
  const another =
    packRef && manifest && ref !== undefined && packRef !== ref ? namesAnother(desired, manifest, ref) : [];
  if (isWhole(desired) && another.length === 0) return desired;
  return { reason: 'invalid', diagnostics: [...another, ...problemsOf(desired)] };
}

function isThere({ pack }: RegisteredState): boolean {
  return pack !== undefined && pack.status !== 'retired';
}

function ownedElsewhere({ pack }: RegisteredState, ref: string): WriteRefusal | undefined {
  if (pack === undefined || pack.source === apiSource) return undefined;
  return { reason: 'owned', ref, source: pack.source, path: pack.dir };
}

function plan(desired: DesiredPack, registered: RegisteredState): Decision {
  const diagnostics = claimsInVain(desired, registered);
  if (diagnostics.length > 0) return { reason: 'conflict', diagnostics };
  return unlessProtected(planUpload(desired, registered), registered);
}

/** What is protected is kept by every plan; a write that cannot be done whole is not done at all. */
function unlessProtected(planned: RegistrationPlan, registered: RegisteredState): Decision {
  const refs = planned.kept
    .filter(
      ({ ref, reason }) => reason === 'protected' && registered.workflows.get(ref)?.source === apiSource,
    )
    .map(({ ref }) => ref);
  return refs.length > 0 ? { reason: 'protected', refs } : planned;
}
