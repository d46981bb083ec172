// One definition as a client sent it: checked like a file, planned like a file, applied like a file's pack.
import { createHash } from 'node:crypto';
import { hasError } from '../model/diagnostic.ts';
import type { CheckedFile, WorkflowText } from '../model/file.ts';
import type { Digest, PackPath } from '../model/pack.ts';
import type { RegistrationPlan } from '../model/plan.ts';
import type { FileRow, RegisteredState } from '../model/state.ts';
import type { Submitted, WriteRefusal, Writes } from '../model/writes.ts';
import { defineWorkflow } from '../registry/define.ts';
import { inFile } from '../registry/facts.ts';
import { planPack } from '../registry/plan.ts';
import { noRules } from '../registry/plan-rules.ts';
import { type Identity, identify, identityOf, verdictOf } from '../registry/submitted.ts';
import { desiredOf, type Holder, holderOf, isServed, onlyRef } from '../registry/written.ts';
import type { WritePorts } from './ports.ts';
import type { WriteUntilFresh } from './until-fresh.ts';

type DefinitionWrites = Pick<Writes, 'validate' | 'createWorkflow' | 'replaceWorkflow' | 'retireWorkflow'>;

/** A text that was found good, with what it is for. */
type Good = Identity & {
  readonly checked: CheckedFile;
  readonly file: WorkflowText;
  readonly digest: Digest;
};

/** What is written through the API ends a pin, whatever it says. */
const rules = { ...noRules, pins: 'end' } as const;

export function createDefinitionWrites(ports: WritePorts, write: WriteUntilFresh): DefinitionWrites {
  return {
    async validate({ bytes, packRef }) {
      const diagnostics = verdictOf(await ports.check('workflow', bytes), { packRef });
      return { valid: !hasError(diagnostics), diagnostics };
    },
    async createWorkflow(submitted) {
      const good = await examine(ports, submitted, undefined);
      if ('reason' in good) return { outcome: 'refused', ...good };
      const { ref, packRef } = good;
      return write({
        ...{ kind: 'workflow', ref, packRef, precondition: undefined },
        decide(registered) {
          const holder = holderOf(registered, ref);
          if (registered.pack === undefined || registered.pack.status === 'retired')
            return { reason: 'pack_missing', packRef };
          if (holder.kind === 'api') return { reason: 'exists', ref };
          return holder.kind === 'file' ? owned(ref, holder) : planText(ports, good, registered, null);
        },
      });
    },
    async replaceWorkflow(ref, submitted, precondition) {
      if (identityOf(ref) === undefined) return { outcome: 'refused', reason: 'missing' };
      const good = await examine(ports, submitted, ref);
      if ('reason' in good) return { outcome: 'refused', ...good };
      return write({
        ...{ kind: 'workflow', ref, packRef: good.packRef, precondition },
        decide(registered) {
          const holder = holderOf(registered, good.ref);
          if (!isServed(registered, good.ref) || holder.kind === 'nobody') return { reason: 'missing' };
          return holder.kind === 'file' ? owned(ref, holder) : planText(ports, good, registered, holder.path);
        },
      });
    },
    async retireWorkflow(name, precondition) {
      const identity = identityOf(name);
      if (identity === undefined) return { outcome: 'refused', reason: 'missing' };
      const { ref, packRef } = identity;
      return write({
        ...{ kind: 'workflow', ref, packRef, precondition },
        decide(registered) {
          const holder = holderOf(registered, ref);
          if (!isServed(registered, ref) || holder.kind === 'nobody') return { reason: 'missing' };
          if (holder.kind === 'file') return owned(ref, holder);
          if (registered.workflows.get(ref)?.isProtected) return { reason: 'protected', refs: [ref] };
          return planPack(desiredOf(packRef, undefined, undefined), onlyRef(registered, ref, holder.path));
        },
      });
    },
  };
}

async function examine(
  { check }: WritePorts,
  { bytes, packRef }: Submitted,
  ref: string | undefined,
): Promise<Good | WriteRefusal> {
  const checked = await check('workflow', bytes);
  const { identity, diagnostics } = identify(checked, { ref, packRef });
  if (identity === undefined || checked.file?.role !== 'workflow') return { reason: 'invalid', diagnostics };
  const digest = createHash('sha256').update(bytes).digest('hex') as Digest;
  return { ...identity, checked, file: checked.file, digest };
}

function owned(ref: string, { source, path }: Extract<Holder, { kind: 'file' }>): WriteRefusal {
  return { reason: 'owned', ref, source, path };
}

/** `path`: the file of the upload that the definition came in, which then says what the text does. */
function planText(
  { checkedBy }: WritePorts,
  good: Good,
  registered: RegisteredState,
  path: PackPath | null,
): RegistrationPlan {
  const { ref, packRef, checked, file, digest } = good;
  const from = { ref, packRef, path, digest, text: checked.text, file, action: undefined };
  const row: FileRow | undefined =
    path === null
      ? undefined
      : {
          ...{ path, role: 'workflow', ref, links: [], digest, checkedBy, state: 'valid' },
          diagnostics: inFile(path, checked.findings),
        };
  const desired = desiredOf(packRef, defineWorkflow(from), row);
  return planPack(desired, onlyRef(registered, ref, path), rules);
}
