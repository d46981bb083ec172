// Where the API's reads of the catalogue go: a replica that has everything that is known here, or the primary.

export type ReadPlace = 'primary' | 'replica';

/** One request's reads. */
export type ReadTurn = {
  /** It may become the primary meanwhile, where the replica fails. */
  place(): ReadPlace;
  /** What is read is of this version or a later one; undefined: nothing is known of versions yet. */
  readonly version: number | undefined;
};

export type Reads = {
  /**
   * Chooses for one request, and calls `proceed`, in whose asynchronous context reads go there. A version that nothing has reached is
   * asked of the primary. Never rejects.
   */
  enter(atLeast: number | undefined, proceed: (turn: ReadTurn) => void): Promise<void>;
  /**
   * Something was written over the API just now: no read is of an earlier version from here on. Gives a version that has it; undefined
   * where the primary cannot be asked. Never rejects.
   */
  wrote(): Promise<number | undefined>;
};

/** What the daemon knows of its replica. */
export type ReplicaState = {
  /** `behind`: the primary is asked until it has caught up; `ahead`: what it has is not the primary's. */
  readonly state: 'used' | 'behind' | 'ahead' | 'unreachable';
  /** As it was last seen; null: never. */
  readonly version: number | null;
  /** Milliseconds since the first version that it has not is known here; 0: it has all. */
  readonly behindMs: number;
  /** In words, unless it is used. */
  readonly reason: string | null;
};
