// A list of the API → its rows: walked page by page as they are asked for, or all of them as of one moment.
import { type ClientOptions, exchange, notOurs, parseDocument, type Query } from './exchange.ts';

/** Rows, and how many there are on all pages. */
export type Listed<Row> = { readonly rows: readonly Row[]; readonly total: number };

type Page<Row> = Listed<Row> & { readonly hasNext: boolean };

export type ListAsk = {
  readonly path: string;
  readonly query?: Query;
  /** More rows than this are not asked for. @default all */
  readonly limit?: number | undefined;
};

const maxPageSize = 100;
/** A catalogue that changes faster than it can be read is shown as it was found. */
const maxWalks = 3;

/** Reads pages for as long as the caller asks for them. */
export async function* walk<Row>(options: ClientOptions, ask: ListAsk): AsyncGenerator<Page<Row>> {
  const size = Math.min(maxPageSize, ask.limit ?? maxPageSize);
  for (let page = 1; ; page += 1) {
    const answer = await readPage<Row>(options, ask.path, { ...ask.query, page, page_size: size });
    yield answer;
    if (!answer.hasNext) return;
  }
}

/**
 * Every row up to the limit. A list that grows or shrinks while it is walked moves rows across the borders of pages, where
 * one may be missed or met twice; it is then walked again.
 */
export async function listAll<Row>(options: ClientOptions, ask: ListAsk): Promise<Listed<Row>> {
  const limit = ask.limit ?? Number.POSITIVE_INFINITY;
  for (let walks = 1; ; walks += 1) {
    const rows: Row[] = [];
    const totals = new Set<number>();
    for await (const page of walk<Row>(options, ask)) {
      rows.push(...page.rows);
      totals.add(page.total);
      if (rows.length >= limit) break;
    }
    const total = [...totals].at(-1) ?? 0;
    if (totals.size <= 1 || walks >= maxWalks) return { rows: rows.slice(0, limit), total };
  }
}

/** A list that may be answered without pages; where there are pages they are of the size that the API likes. */
export async function listWhole<Row>(options: ClientOptions, ask: ListAsk): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let page = await readPage<Row>(options, ask.path, ask.query ?? {});
  for (let number = 2; ; number += 1) {
    rows.push(...page.rows);
    if (!page.hasNext) return rows;
    page = await readPage<Row>(options, ask.path, { ...ask.query, page: number });
  }
}

async function readPage<Row>(options: ClientOptions, path: string, query: Query): Promise<Page<Row>> {
  const document = parseDocument(options, await exchange(options, { method: 'GET', path, query }));
  const { data, pagination } = document;
  if (!Array.isArray(data)) throw notOurs(options, 200, 'JSON of another kind');
  // What a row holds is promised by the API: keys may come, none go.
  const rows = data as readonly Row[];
  const { total_items: total, has_next: hasNext } = (pagination ?? {}) as Readonly<Record<string, unknown>>;
  return { rows, total: typeof total === 'number' ? total : rows.length, hasNext: hasNext === true };
}
