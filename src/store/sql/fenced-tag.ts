// A tag together with the generation that a write is fenced by: what is compared is of the very moment that is written over.
import type { Tag } from '../../model/tag.ts';
import type { Database } from '../connect.ts';
import { isPackRef, isWorkflowRef } from '../refs.ts';
import { packTag, workflowTag } from './tags.ts';

type FencedTag = { readonly tag: Tag; readonly generation: number };

/** Of a workflow or pack that is not retired; undefined: there is none. */
export async function readFencedTag(
  database: Database,
  kind: 'workflow' | 'pack',
  ref: string,
): Promise<FencedTag | undefined> {
  if (!(kind === 'pack' ? isPackRef(ref) : isWorkflowRef(ref))) return undefined;
  const { schema } = database;
  const [row] = await database.run((sql) =>
    kind === 'pack'
      ? sql<FencedTag[]>`
          select ${packTag(sql, schema)} as tag, p.generation from ${sql(schema)}.pack p
          where p.ref = ${ref} and p.status <> 'retired'`
      : sql<FencedTag[]>`
          select ${workflowTag(sql, schema)} as tag, p.generation
          from ${sql(schema)}.workflow_definition w join ${sql(schema)}.pack p on p.id = w.pack
          where w.ref = ${ref} and w.status <> 'retired'`,
  );
  return row;
}
