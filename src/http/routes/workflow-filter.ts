// What a list of workflows can be asked: the keys of its query, and how they are read.
import type { WorkflowFilter } from '../../model/catalog.ts';
import type { DefinitionStatus } from '../../model/state.ts';
import { type QueryKey, type Schema, schemaRef } from '../operation.ts';
import type { QueryReader } from '../query.ts';
import { pageOf } from '../schemas/shapes.ts';
import { pageKeys, sourceKey } from './resource.ts';

export const definitionStatuses: readonly DefinitionStatus[] = ['active', 'degraded', 'retired'];
export const defaultStatuses: readonly DefinitionStatus[] = ['active', 'degraded'];

export const nameText: Schema = { type: 'string', minLength: 1, maxLength: 255 };
export const booleans = ['true', 'false'] as const;
const sorts = ['ref', 'label', 'updated', '-updated'] as const;

/** A page of summaries, with facets where they are asked for. */
export const workflowPage: Schema = pageOf('WorkflowSummary', { facets: schemaRef('Facets') });

export const statusKey: QueryKey = {
  description: 'Only of these statuses.',
  schema: { type: 'string', enum: definitionStatuses, examples: ['active'] },
  list: 'comma',
};

/** What `readWorkflowFilter` reads. */
export const workflowFilterKeys: Readonly<Record<string, QueryKey>> = {
  tag: {
    description: 'Only with all of these tags.',
    schema: { ...nameText, examples: ['on-call'] },
    list: 'repeat',
  },
  tags_any: {
    description: 'Only with one of these tags.',
    schema: { ...nameText, examples: ['on-call'] },
    list: 'comma',
  },
  status: { ...statusKey, description: 'Only of these statuses; `active,degraded` unless given.' },
  enabled: {
    description: 'Only what executors get, or do not.',
    schema: { type: 'string', enum: booleans },
  },
  source: sourceKey,
  q: {
    description:
      'Words that all must begin a word of ref, label, description, tags, task names or actions. Sorted by rank then, an exact ref first.',
    schema: { type: 'string', minLength: 1, maxLength: 200, examples: ['restart'] },
  },
  sort: {
    description: 'Order; ties are broken by ref. `ref` unless given, or by rank with `q`.',
    schema: { type: 'string', enum: sorts },
  },
  facets: {
    description:
      'Also count what matches by pack, tag, status, source and enabled: `facets` beside `pagination`, at most 100 values of each.',
    schema: { type: 'string', enum: booleans },
  },
  ...pageKeys,
};

/** Everything a list of workflows can be asked, the pack given or read by the caller. */
export function readWorkflowFilter(query: QueryReader, pack: string | undefined): WorkflowFilter {
  const enabled = query.choice('enabled', booleans);
  return {
    pack,
    tags: query.texts('tag'),
    tagsAny: query.list('tags_any'),
    statuses: query.choices('status', definitionStatuses, defaultStatuses),
    enabled: enabled === undefined ? undefined : enabled === 'true',
    source: query.text('source'),
    q: query.text('q', 200)?.trim() || undefined,
    sort: query.choice('sort', sorts),
    facets: query.choice('facets', booleans) === 'true' || undefined,
    ...query.page(),
  };
}
