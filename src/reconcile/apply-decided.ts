// A decided pack → what came of it: applied, planned anew when somebody else wrote, or put off until a second look.
import { AppError } from '../model/errors.ts';
import type { PackDir, PackPath } from '../model/pack.ts';
import type { ApplyResult } from '../model/plan.ts';
import { isEmptyPlan } from '../registry/plan.ts';
import type { Decided, Undecided } from './decide.ts';
import type { Decide, Deferred, SourcePass } from './source-state.ts';

/** Plans made anew when somebody else wrote the pack meanwhile. */
const staleRetries = 5;

/** Decides about a directory and applies it, unless something would be retired: that waits in `pass.deferred`. */
export async function decideAndApply(pass: SourcePass, dir: PackDir, decide: Decide): Promise<void> {
  const seenAtMs = pass.options.clock.nowMs();
  await unlessRefused(pass, dir, async () => {
    const decided = await decide();
    // failpoint: pack.decided
    if (decided === 'put-off') return;
    if (decided === 'again') {
      pass.tally.again.add(dir);
      return;
    }
    if (decided.lostTo !== undefined) challenge(pass, decided.lostTo, decided);
    const { retire, retireActions } = decided.plan;
    const removes = retire.length > 0 || retireActions.length > 0;
    if (removes) pass.deferred.push({ decided, decide, seenAtMs });
    else await applyUntilFresh(pass, decided, decide);
  });
}

/** Applies what was put off and has been confirmed since. */
export async function applyDeferred(pass: SourcePass, { decided, decide }: Deferred): Promise<void> {
  // It was put off since it was seen to stand.
  const { stood: _, ...later } = decided;
  await unlessRefused(pass, decided.observed.dir, () => applyUntilFresh(pass, later, decide));
}

/** Applies what was put off, decided anew: rules have come up that it was not made by. */
export async function applyAnew(pass: SourcePass, { decided, decide }: Deferred): Promise<void> {
  await unlessRefused(pass, decided.observed.dir, async () => {
    const anew = await decide();
    if (!isDecided(anew) || retiresMore(anew, decided)) pass.tally.again.add(decided.observed.dir);
    else await applyUntilFresh(pass, anew, decide);
  });
}

function challenge(pass: SourcePass, owner: PackDir, { rows }: Decided): void {
  const manifests = rows.filter((row) => row.state === 'conflict').map((row) => row.path);
  pass.challenged.set(owner, new Set<PackPath>([...(pass.challenged.get(owner) ?? []), ...manifests]));
}

/** A pack that the database refuses for good is a defect of ours, which must not stop the other packs. */
async function unlessRefused(pass: SourcePass, dir: PackDir, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'database_refused')) throw error;
    pass.tally.refused.push({ dir, error });
  }
}

async function applyUntilFresh(pass: SourcePass, first: Decided, decide: Decide): Promise<void> {
  const { options, tally } = pass;
  let decided = first;
  let result: ApplyResult | undefined;
  for (let attempt = 0; !options.dryRun && !isEmptyPlan(decided.plan); attempt += 1) {
    options.signal?.throwIfAborted();
    if (!(await (decided.stood ?? pass.pack.stands(decided.observed)))) {
      tally.again.add(decided.observed.dir);
      return;
    }
    // failpoint: apply.begin
    result = await options.registry.apply(decided.plan, options.cause);
    // failpoint: apply.answered
    if (result.outcome !== 'stale') break;
    // What somebody else left is the new starting point.
    const anew = attempt < staleRetries ? await decide() : 'again';
    if (!isDecided(anew) || retiresMore(anew, decided)) {
      tally.again.add(decided.observed.dir);
      return;
    }
    decided = anew;
  }
  const report = tally.decided(decided, result);
  if (!isEmptyPlan(decided.plan)) options.onPack(report);
}

function isDecided(one: Decided | Undecided): one is Decided {
  return typeof one !== 'string';
}

/** A removal that the plan before did not have was never looked at twice. */
function retiresMore(anew: Decided, before: Decided): boolean {
  const known = new Set([...before.plan.retire, ...before.plan.retireActions]);
  return [...anew.plan.retire, ...anew.plan.retireActions].some((ref) => !known.has(ref));
}
