// The task graph of a workflow as nodes and edges, ready to be drawn. Values only.

export type GraphNode = {
  /** `n1`, and `n1_2` for the second task of the parallel task `n1`: its place, safe in any notation. */
  readonly id: string;
  readonly name: string;
  readonly type: 'action' | 'parallel' | 'workflow';
  readonly action: string | null;
  /** The parallel task it is part of. */
  readonly parent: string | null;
  /** The walk begins here: no task of the list leads to it. */
  readonly is_entry: boolean;
  readonly join: number | null;
  /** What it runs for each of, and what it is skipped without, as they are shown. */
  readonly with_items: string | null;
  readonly when: string | null;
};

/**
 * What the condition says of how the task ended: nothing, for there is none (`always`) or it leaves that open (`condition`);
 * it takes a success, or a timeout alone; or it is for failures: holds in none but failures and timeouts, or in each of them and
 * not in every success.
 */
export type EdgeKind = 'always' | 'condition' | 'success' | 'failure' | 'timeout';

export type GraphEdge = {
  readonly from: string;
  /** Null: nothing follows. */
  readonly to: string | null;
  readonly kind: EdgeKind;
  /** As written; null: without a condition. */
  readonly when: string | null;
  /** The condition as it is shown. */
  readonly label: string | null;
  /** Variables it sets. */
  readonly publish: readonly string[];
  /** It leads back to a task that it was reached from: a loop. */
  readonly is_back: boolean;
};

export type Graph = { readonly nodes: readonly GraphNode[]; readonly edges: readonly GraphEdge[] };
