// Whether a daemon is ready, and what keeps it from that, for /readyz: made of what is known of the daemon and of each source. Pure.
import { nameHolder } from '../model/decisions.ts';
import type { PackDir, SourceName } from '../model/pack.ts';
import type { ReplicaState } from '../model/reads.ts';
import type { WatchMode } from '../telemetry/metrics.ts';

/** What /readyz answers. */
export type Readiness = {
  readonly ready: boolean;
  readonly role: Readonly<Record<string, 'leader' | 'standby'>>;
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
};

/** What is known of one source. */
export type SourceStatus = {
  role: 'leader' | 'standby' | undefined;
  holder: string | null;
  epoch: number | undefined;
  /** The holder was seen to renew. */
  renews: boolean;
  /** A pass of ours looked at the root and committed, or said why it could not. */
  firstPass: boolean;
  unhealthy: string | undefined;
  /** Why its disk must not lead. */
  differs: string | undefined;
  watch: WatchMode | undefined;
  held: number;
  /** Packs that cannot be listed whole, and why. */
  readonly unlisted: Map<PackDir, string>;
};

/** What is known beside the sources. */
type Known = {
  readonly isStopping: boolean;
  /** Why the database cannot be used. */
  readonly away: string | undefined;
  readonly replica: ReplicaState | undefined;
};

/** Not ready: the daemon stops, the database cannot be used, or a source is neither led here nor seen to be led elsewhere. */
export function readinessOf(sources: ReadonlyMap<SourceName, SourceStatus>, known: Known): Readiness {
  const { isStopping, away, replica } = known;
  const reasons: { code: string; message: string }[] = [];
  if (isStopping) reasons.push({ code: 'stopping', message: 'the daemon is stopping' });
  if (away !== undefined) reasons.push({ code: 'database_unreachable', message: away });
  // The primary answers instead: no reason not to be ready.
  if (replica && replica.state !== 'used' && replica.state !== 'behind')
    reasons.push({ code: 'read_replica', message: replica.reason ?? replica.state });
  let waiting = false;
  for (const [source, entry] of sources) {
    if (entry.unhealthy !== undefined)
      reasons.push({ code: 'root_unhealthy', message: `${source}: ${entry.unhealthy}` });
    if (entry.differs !== undefined)
      reasons.push({ code: 'packs_differ', message: `${source}: ${entry.differs}` });
    const wanted = missingOf(entry);
    if (wanted === undefined) continue;
    waiting = true;
    reasons.push({ code: wanted.code, message: `${source}: ${wanted.message}` });
  }
  const role: Record<string, 'leader' | 'standby'> = {};
  for (const [source, entry] of sources) if (entry.role) role[source] = entry.role;
  return { ready: !isStopping && away === undefined && !waiting, role, reasons };
}

/** What a source lacks for this daemon to be ready; undefined: nothing. */
function missingOf(entry: SourceStatus): { readonly code: string; readonly message: string } | undefined {
  const { role, firstPass, unhealthy, holder, renews } = entry;
  if (role !== 'standby')
    return firstPass ? undefined : { code: 'first_pass', message: 'the first pass is not committed yet' };
  if (unhealthy !== undefined || (holder !== null && renews)) return undefined;
  if (holder === null) return { code: 'no_leader', message: 'no daemon leads it' };
  const name = nameHolder(holder);
  return { code: 'leader_unseen', message: `${name}, which leads it, was not seen to renew its lease yet` };
}
