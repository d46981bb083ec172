// How many workflows of a list have each pack, tag, status, source and overlay: one pass over what matches, the definition unread.
import type { Sql } from '../connect.ts';
import type { Fragment } from './catalog-fragments.ts';

/** Values of one facet at most: the most frequent ones. */
const maxValues = 100;

/** A JSON object of lists; `matches` is a condition on `w`. */
export function facetsOf(sql: Sql, schema: string, matches: Fragment): Fragment {
  const facet = (from: Fragment, value: Fragment) => sql`(
    select coalesce(json_agg(json_build_object('value', f.value, 'count', f.count) order by f.count desc, f.value), '[]')
    from (
      select ${value} as value, count(*)::integer as count from ${from} group by 1 order by 2 desc, 1 limit ${maxValues}::integer) f)`;
  const found: Fragment = sql`found`;
  // A tag that is written twice counts once.
  const tagged: Fragment = sql`found cross join lateral (select distinct tag from unnest(found.tags) tag) tags`;
  return sql`(
    with found as materialized (
      select w.pack_ref, w.tags, w.status, w.source, w.enabled from ${sql(schema)}.workflow_definition w where ${matches})
    select json_build_object(
      'pack', ${facet(found, sql`pack_ref::text collate "C"`)},
      'tag', ${facet(tagged, sql`tag collate "C"`)},
      'status', ${facet(found, sql`status collate "C"`)},
      'source', ${facet(found, sql`source collate "C"`)},
      'enabled', ${facet(found, sql`enabled`)}))`;
}
