// Rows by buckets, each with a mark of what it contains: those come back whose mark is another than the one that is known.
import type { Sql } from '../connect.ts';
import type { Fragment } from './catalog-fragments.ts';

/** The mark of each bucket that is known. */
export type KnownMarks = Readonly<Record<string, string>>;

/** `rows` null: the mark is the one that is known. */
export type BucketColumns<Row> = {
  readonly bucket: number;
  readonly mark: string;
  readonly rows: readonly Row[] | null;
};

/**
 * A json array of `BucketColumns`. `rows` selects (key, hash, item): no two have the same key, and the hash is that of all that the
 * item is made of, the key among it, so that no write by anybody leaves the mark as it was. Of 4,000 rows an edit brings some 60.
 * Rows are gone through twice, which makes items of the news alone; kept for the second time they would cost more than that.
 */
export function bucketsOf(sql: Sql, rows: Fragment, known: KnownMarks): Fragment {
  return sql`
    (with r as not materialized (
        select hashtext(n.key) & 63 as bucket, n.hash, n.item from (${rows}) n (key, hash, item)),
      m as materialized (
        select b.bucket, b.mark, (${JSON.stringify(known)}::text::json ->> b.bucket::text) is distinct from b.mark as is_news
        from (select r.bucket, bit_xor(r.hash)::text as mark from r group by r.bucket) b),
      news as materialized (
        select r.bucket, json_agg(r.item) as rows from r
        where r.bucket = any(array(select m.bucket from m where m.is_news)) group by r.bucket)
      select coalesce(json_agg(b), '[]') from (
        select m.bucket, m.mark, news.rows from m left join news on news.bucket = m.bucket) b)`;
}
