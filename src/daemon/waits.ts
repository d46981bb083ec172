// A question for a file or a ref → what became of what lies on disk: behind the barrier, by what the tables say then.
import type { CatalogQueries } from '../model/catalog.ts';
import type { ExplainQuestion } from '../model/explain.ts';
import type { PackDir, PackPath, SourceName } from '../model/pack.ts';
import type { Wait, WaitQuestion } from '../model/wait.ts';
import { mayBePack, packDirOf } from '../registry/discover.ts';
import { explain } from '../registry/explain.ts';
import { subjectOf } from '../registry/explain-subject.ts';
import { type Judgement, judge } from '../registry/judge.ts';
import type { Barrier, BarrierEnd } from './barrier.ts';
import type { DaemonStatus } from './status.ts';

export type WaitsOptions = {
  readonly barrier: Pick<Barrier, 'pass'>;
  readonly catalog: Pick<CatalogQueries, 'readFacts'>;
  readonly status: Pick<DaemonStatus, 'rootOf'>;
  /** The daemon's own. */
  readonly sources: readonly SourceName[];
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
};

type Place = { readonly source: SourceName; readonly scope: PackDir | 'all' };

/** Before it is looked again for bytes that are not there yet; milliseconds, doubling. */
const firstPauseMs = 100;
const longestPauseMs = 2_000;

export function createWait({ barrier, catalog, status, sources, sleep }: WaitsOptions): Wait {
  const placesOf = async (about: ExplainQuestion): Promise<readonly Place[]> => {
    if (about.about === 'path') return placeOf(about.source, about.path);
    const facts = await catalog.readFacts(about);
    const { source, path } = subjectOf(about, facts);
    if (source === 'api') return [];
    if (source !== undefined && path !== undefined) return placeOf(source, path);
    const pack = facts.packs.find(({ ref }) => ref === about.ref.split('.', 1)[0]);
    if (pack?.source_path && pack.source !== 'api') return placeOf(pack.source, pack.source_path);
    const wanted = about.source === undefined ? sources : [about.source as SourceName];
    return wanted.map((one) => ({ source: one, scope: 'all' }));
  };

  const judgeNow = async ({ about, digest }: WaitQuestion): Promise<Judgement | undefined> => {
    const facts = await catalog.readFacts(about);
    return judge(about, facts, explain(about, facts, status.rootOf), digest);
  };

  return async (question, signal) => {
    const deadline = question.timeoutMs > 0 ? AbortSignal.timeout(question.timeoutMs) : AbortSignal.abort();
    const over = AbortSignal.any([signal, deadline]);
    const places = await placesOf(question.about);
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      const { end, trouble } = await passAll(barrier, places, over);
      if (signal.aborted) return { outcome: 'refused', reason: 'aborted' };
      if (end === 'unknown_source') return { outcome: 'refused', reason: 'unknown_source' };
      const found = await judgeNow(question);
      if (found === undefined) return { outcome: 'refused', reason: 'unknown_ref' };
      const { state, ...rest } = found;
      // Bytes that were named and are served are live, whatever has changed since.
      const isCertain = end === 'passed' || (state === 'live' && question.digest !== undefined);
      if (isCertain && state !== 'undecided') return { outcome: 'answered', answer: { state, ...rest } };
      // While the tables were read, too: what was cut off is no timeout.
      if (signal.aborted) return { outcome: 'refused', reason: 'aborted' };
      if (over.aborted) {
        const reason = trouble ?? rest.reason;
        const why = reason === undefined ? {} : { reason };
        return { outcome: 'answered', answer: { ...rest, state: 'timeout', ...why } };
      }
      await sleep(pauseMs, over);
    }
  };
}

function placeOf(source: string, path: string): readonly Place[] {
  const scope = packDirOf(path as PackPath);
  // Of what can be no pack nothing is ever looked at.
  return scope !== '' && mayBePack(scope) ? [{ source: source as SourceName, scope }] : [];
}

async function passAll(
  barrier: Pick<Barrier, 'pass'>,
  places: readonly Place[],
  signal: AbortSignal,
): Promise<{ readonly end: BarrierEnd; readonly trouble: string | undefined }> {
  let trouble: string | undefined;
  for (const place of places) {
    const onTrouble = (reason: string) => {
      trouble = reason;
    };
    const end = await barrier.pass({ ...place, signal, onTrouble });
    if (end !== 'passed') return { end, trouble };
  }
  return { end: 'passed', trouble: undefined };
}
