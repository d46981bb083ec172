// Why a file is (not) registered: the facts of the registry, joined with what this daemon knows of its roots.
import type { CatalogQueries } from '../model/catalog.ts';
import type { ExplainQuestion, Explanation } from '../model/explain.ts';
import { explain } from '../registry/explain.ts';
import type { DaemonStatus } from './status.ts';

/** Answers questions; holds no state. */
export function createExplainer(
  catalog: Pick<CatalogQueries, 'readFacts'>,
  status: Pick<DaemonStatus, 'rootOf'>,
): (question: ExplainQuestion) => Promise<Explanation> {
  return async (question) => explain(question, await catalog.readFacts(question), status.rootOf);
}
