// The read side of the registry: filters in, rows of contract §6 out. Each answer is one statement, so one snapshot.
import type { CatalogQueries, TaggedPage } from '../model/catalog.ts';
import type { ExplainFacts } from '../model/explain.ts';
import type { Database } from './connect.ts';
import { isNowhere, isPackRef, isWorkflowRef } from './refs.ts';
import { shareRead, shareReads } from './shared-read.ts';
import { readCallFacts } from './sql/call-facts.ts';
import { listCallees, listCallers } from './sql/calls.ts';
import { type CatalogCounts, readCounts } from './sql/catalog-counts.ts';
import { findPack, listPacks } from './sql/catalog-packs.ts';
import { listProblems } from './sql/catalog-problems.ts';
import { findWorkflow } from './sql/catalog-workflow.ts';
import { listWorkflows } from './sql/catalog-workflows.ts';
import { readFacts } from './sql/explain.ts';
import { findHeld, listHeld } from './sql/held.ts';
import { findRevision, listRevisions } from './sql/history.ts';
import { listSources } from './sql/sources.ts';
import {
  findPackTag,
  findRevisionTag,
  findWorkflowTags,
  readCatalogTag,
  readMark,
  type SeenTag,
} from './sql/tags.ts';

/** What the API asks, and the numbers that metrics and the status show. */
export type Catalog = CatalogQueries & {
  counts(): Promise<CatalogCounts>;
};

/** What no column can match: the same at any time. */
const nothing: TaggedPage<never> = { items: [], totalItems: 0, tag: 'nothing' };
const noFacts: ExplainFacts = {
  ...{ files: [], manifests: [], linked: [], rivals: [], packs: [], definitions: [], batches: [] },
};

/**
 * Statements on `database`; every one carries its deadline. Holds no state but the catalogue's tag as it was read last. `inPlaces`:
 * not all of them go to one server, so that nobody may be given what was read for another.
 */
export function createCatalog(database: Database, { inPlaces = false } = {}): Catalog {
  let seen: SeenTag | undefined;
  const readTag = async () => {
    const now = await readCatalogTag(database, seen);
    seen = now;
    return now.tag;
  };
  const readWorkflowTags = async (refs: readonly string[]) => {
    const tags = await findWorkflowTags(database, refs);
    return (ref: string) => tags.get(ref);
  };
  const readWorkflowTag = inPlaces
    ? async (ref: string) => (await readWorkflowTags([ref]))(ref)
    : shareReads(readWorkflowTags);
  return {
    async listWorkflows(filter) {
      const { pack, source, q, tags, tagsAny } = filter;
      if ([pack, source, q, ...tags].some(isNowhere)) return nothing;
      const findable = tagsAny.filter((tag) => !isNowhere(tag));
      if (tagsAny.length > 0 && findable.length === 0) return nothing;
      return listWorkflows(database, { ...filter, tagsAny: findable });
    },
    async getWorkflow(ref) {
      return isWorkflowRef(ref) ? findWorkflow(database, ref) : { kind: 'not_found' };
    },
    async workflowTag(ref) {
      return isWorkflowRef(ref) ? readWorkflowTag(ref) : undefined;
    },
    async listPacks(filter) {
      return isNowhere(filter.source) ? nothing : listPacks(database, filter);
    },
    async getPack(ref) {
      return isPackRef(ref) ? findPack(database, ref) : undefined;
    },
    async packTag(ref) {
      return isPackRef(ref) ? findPackTag(database, ref) : undefined;
    },
    catalogTag: inPlaces ? readTag : shareRead(readTag),
    mark: inPlaces ? () => Promise.resolve(undefined) : shareRead(() => readMark(database)),
    async listProblems(filter) {
      const { source, pack } = filter;
      return [source, pack].some(isNowhere) ? nothing : listProblems(database, filter);
    },
    async listRevisions(ref, page) {
      return isWorkflowRef(ref) ? listRevisions(database, ref, page) : undefined;
    },
    async listCallers(ref, page) {
      return isWorkflowRef(ref) ? listCallers(database, ref, page) : undefined;
    },
    async listCallees(ref, page) {
      return isWorkflowRef(ref) ? listCallees(database, ref, page) : undefined;
    },
    async readCallFacts(ref) {
      return isWorkflowRef(ref) ? readCallFacts(database, ref) : undefined;
    },
    async getRevision(ref, number) {
      return isWorkflowRef(ref) ? findRevision(database, ref, number) : { kind: 'not_found' };
    },
    async revisionTag(ref, number) {
      return isWorkflowRef(ref) ? findRevisionTag(database, ref, number) : undefined;
    },
    async listHeld(filter) {
      return isNowhere(filter.source) ? nothing : listHeld(database, filter);
    },
    async getHeld(batch) {
      return isNowhere(batch) ? undefined : findHeld(database, batch);
    },
    listSources: (page) => listSources(database, page),
    async readFacts(question) {
      const texts = question.about === 'path' ? [question.path] : [question.ref];
      return [...texts, question.source].some(isNowhere) ? noFacts : readFacts(database, question);
    },
    counts: () => readCounts(database),
  };
}
