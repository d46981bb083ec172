// Which of several hosts is the one to write to.
//
// States: unknown → known → doubted (a statement broke off, or was refused as on a read-only server) → known …; while it is known the
// hosts are asked again now and then, for a server that was cut off from the others may not know that it was replaced.
// Of two that take writes the one with the later timeline was promoted after the other. Of two with the same one, or where none is told,
// it is the first, as libpq has it.
import { messageOf } from '../model/errors.ts';
import { unreachable } from './database-errors.ts';

/** What a host says of itself. */
export type HostState = {
  readonly takesWrites: boolean;
  /** In words, where it takes none. */
  readonly why: string;
  /** Of the log that it writes, as eight hexadecimal digits; empty where it does not tell. */
  readonly timeline: string;
};

type Named = { readonly name: string };

export type HostsOptions<Place extends Named> = {
  readonly places: readonly Place[];
  /** Rejects when it cannot be asked; bounded in time. */
  ask(place: Place): Promise<HostState>;
  /** Resolves after `ms`. */
  sleep(ms: number): Promise<unknown>;
  nowMs(): number;
  readonly timing?: Partial<HostsTiming>;
};

/** Milliseconds. */
export type HostsTiming = {
  /** That the others may take to answer once one has said that it takes writes. */
  readonly graceMs: number;
  /** After which what is known is asked for again, while it is in use. */
  readonly checkMs: number;
  /** For which a failure to find one stands for the next. */
  readonly restMs: number;
};

export type Hosts<Place> = {
  /** The one to use; undefined: it has to be found. With a single host always that one. */
  known(): Place | undefined;
  /** Rejects with `AppError` `database_unreachable`, which says of each host why not. Who asks meanwhile gets the same answer. */
  find(): Promise<Place>;
  /** Something speaks against this one. */
  doubt(place: Place): void;
};

const defaults: HostsTiming = { graceMs: 250, checkMs: 10_000, restMs: 100 };

export function createHosts<Place extends Named>(options: HostsOptions<Place>): Hosts<Place> {
  const { places, nowMs } = options;
  const timing = { ...defaults, ...options.timing };
  const [only] = places;
  if (only !== undefined && places.length === 1)
    return { known: () => only, find: async () => only, doubt: () => undefined };
  let place: Place | undefined;
  let isDoubted = false;
  let foundAtMs = Number.NEGATIVE_INFINITY;
  let finding: Promise<Place> | undefined;
  let failed: { readonly atMs: number; readonly error: unknown } | undefined;

  const look = async (): Promise<Place> => {
    try {
      place = await findPrimary(options, timing.graceMs);
      isDoubted = false;
      foundAtMs = nowMs();
      return place;
    } catch (error) {
      // A look by the clock that fails says nothing, perhaps there was no connection left for it: those that stand tell when they break.
      if (place !== undefined && !isDoubted) foundAtMs = nowMs();
      else failed = { atMs: nowMs(), error };
      throw error;
    } finally {
      finding = undefined;
    }
  };
  const find = async (): Promise<Place> => {
    if (!finding && failed && nowMs() - failed.atMs < timing.restMs) throw failed.error;
    finding ??= look();
    return finding;
  };

  return {
    known() {
      if (place === undefined || isDoubted) return undefined;
      // Whoever asks goes on meanwhile.
      if (nowMs() - foundAtMs > timing.checkMs && !finding) find().catch(() => undefined);
      return place;
    },
    find,
    doubt(about) {
      if (about === place) isDoubted = true;
    },
  };
}

async function findPrimary<Place extends Named>(
  { places, ask, sleep }: HostsOptions<Place>,
  graceMs: number,
): Promise<Place> {
  const found: { readonly place: Place; readonly timeline: string }[] = [];
  const whys = new Map<Place, string>();
  const asking = places.map(async (place) => {
    try {
      const { takesWrites, why, timeline } = await ask(place);
      if (!takesWrites) whys.set(place, why);
      else found.push({ place, timeline });
      return takesWrites;
    } catch (error) {
      whys.set(place, messageOf(error));
      return false;
    }
  });
  await Promise.race([Promise.all(asking), firstTrue(asking).then(() => sleep(graceMs))]);
  const latest = found
    .map(({ timeline }) => timeline)
    .sort()
    .at(-1);
  const best = places.find((place) => found.some((one) => one.place === place && one.timeline === latest));
  if (best !== undefined) return best;
  const said = places.map((place) => `${place.name}: ${whys.get(place) ?? 'no answer'}`);
  throw unreachable(`none of ${places.length} hosts takes writes (${said.join('; ')})`);
}

/** Resolves when one of them does with true; never, when none does. */
function firstTrue(answers: readonly Promise<boolean>[]): Promise<void> {
  return new Promise((resolve) => {
    for (const answer of answers) void answer.then((isTrue) => isTrue && resolve());
  });
}
