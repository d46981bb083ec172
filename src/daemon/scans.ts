// A scan that is asked for over the API: behind the barrier, what became of each file, by what was written since it was asked for.
import type { CatalogQueries } from '../model/catalog.ts';
import type { PackDir, SourceName } from '../model/pack.ts';
import type { ScanAnswer, ScannedFile, ScanQuestion, ScanRefusal, Scans } from '../model/scan.ts';
import { outcomeOf } from '../registry/scanned.ts';
import type { Database } from '../store/connect.ts';
import { type Mark, readMark, readScanned, type ScannedRow } from '../store/sql/scanned-files.ts';
import type { Barrier } from './barrier.ts';
import type { PackPreview } from './pack-preview.ts';

export type ScansOptions = {
  readonly database: Database;
  readonly catalog: Pick<CatalogQueries, 'getPack'>;
  readonly barrier: Pick<Barrier, 'pass'>;
  readonly preview: PackPreview;
  /** The daemon's own. */
  readonly sources: readonly SourceName[];
};

type Place = { readonly source: SourceName; readonly scope: PackDir | 'all' };
type Refused = { readonly outcome: 'refused' } & ScanRefusal;
/** Undefined: it was looked at. */
type PassEnd =
  | { readonly source: SourceName; readonly why: string }
  | 'unknown_source'
  | 'aborted'
  | undefined;

/** A pass over a root may have to wait for one before it. */
const passMs = 60_000;

export function createScans(options: ScansOptions): Scans {
  const { database, catalog, barrier, preview, sources } = options;

  const placesOf = async (question: ScanQuestion): Promise<readonly Place[] | Refused> => {
    if (question.about === 'pack') {
      const place = await placeOfPack(catalog, question.ref);
      return 'outcome' in place ? place : [place];
    }
    const wanted = question.source === undefined ? sources : [question.source as SourceName];
    return wanted.map((source) => ({ source, scope: 'all' }));
  };

  return {
    async scan(question, signal) {
      const places = await placesOf(question);
      if (!isList(places)) return places;
      const since = await readMark(database);
      const ends = await Promise.all(places.map((place) => passOne(barrier, place, signal)));
      if (ends.includes('aborted')) return refused({ reason: 'aborted' });
      if (ends.includes('unknown_source')) return refused({ reason: 'unknown_source' });
      const unscanned = ends.flatMap((end) => (typeof end === 'object' ? [end] : []));
      const [first] = unscanned;
      if (first && unscanned.length === places.length)
        return refused({ reason: 'unscanned', why: first.why });
      const seen = places.filter(({ source }) => unscanned.every((one) => one.source !== source));
      const answer = await filesOf(database, seen, since);
      const troubles = unscanned.map(({ source, why }) => ({ source, reason: why }));
      return { outcome: 'scanned', answer: { ...answer, unscanned: troubles } };
    },
    async validate(ref, signal) {
      const place = await placeOfPack(catalog, ref);
      if ('outcome' in place) return place;
      const { source, scope } = place;
      const since = await readMark(database);
      const seen = await preview(source, scope, signal);
      if (signal.aborted) return refused({ reason: 'aborted' });
      if ('why' in seen) return refused({ reason: 'unscanned', why: seen.why });
      const { rows, omitted } = await readScanned(database, { source, dir: scope, since });
      return { outcome: 'scanned', answer: { files: seen.over(rows).map(fileOf), omitted, unscanned: [] } };
    },
  };
}

function refused(refusal: ScanRefusal): Refused {
  return { outcome: 'refused', ...refusal };
}

function isList(places: readonly Place[] | Refused): places is readonly Place[] {
  return Array.isArray(places);
}

async function placeOfPack(
  catalog: Pick<CatalogQueries, 'getPack'>,
  ref: string,
): Promise<{ readonly source: SourceName; readonly scope: PackDir } | Refused> {
  const found = await catalog.getPack(ref);
  if (found === undefined) return refused({ reason: 'unknown_pack' });
  const { source, source_path: dir } = found.pack;
  if (source === 'api' || dir === null) return refused({ reason: 'not_on_disk' });
  return { source: source as SourceName, scope: dir as PackDir };
}

/** Trouble ends it: who asks for a scan wants to know now. */
async function passOne(
  barrier: Pick<Barrier, 'pass'>,
  { source, scope }: Place,
  given: AbortSignal,
): Promise<PassEnd> {
  const trouble = new AbortController();
  let why = `the pass over ${source} is not over after ${passMs / 1000} s`;
  const signal = AbortSignal.any([given, trouble.signal, AbortSignal.timeout(passMs)]);
  const onTrouble = (reason: string) => {
    why = reason;
    trouble.abort();
  };
  const end = await barrier.pass({ source, scope, signal, onTrouble });
  if (end === 'unknown_source') return end;
  if (end === 'passed') return undefined;
  return given.aborted ? 'aborted' : { source, why };
}

async function filesOf(
  database: Database,
  places: readonly Place[],
  since: Mark,
): Promise<Omit<ScanAnswer, 'unscanned'>> {
  const read = places.map(({ source, scope }) =>
    readScanned(database, { source, dir: scope === 'all' ? undefined : scope, since }),
  );
  const found = await Promise.all(read);
  return {
    files: found.flatMap(({ rows }) => rows.map(fileOf)),
    omitted: found.reduce((total, { omitted }) => total + omitted, 0),
  };
}

function fileOf(row: ScannedRow): ScannedFile {
  const { source, path, ref, state, served, diagnostics } = row;
  return { source, path, ref, result: outcomeOf(row), state, served, diagnostics };
}
