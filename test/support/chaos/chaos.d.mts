// Types of chaos.mjs, for tests in TypeScript.
export type ChaosCommand = readonly [name: string, a: number, b: number, c: number];

/** What has to be done to a real disk and a real registry; `do` says what, the rest belongs to it. */
export type ChaosStep = {
  readonly do: string;
  readonly path: string;
  readonly text: string;
  readonly from: string;
  readonly to: string;
  readonly dir: string;
  readonly files: readonly (readonly [path: string, text: string])[];
  readonly ref: string;
  readonly packRef: string;
  readonly verb: string;
  readonly verdict: 'approved' | 'rejected';
  readonly reason: string;
  readonly refs: readonly string[];
  readonly content: string;
  readonly over: string;
  readonly number: number;
  readonly what: string;
  /** Of a client's write: what has to come of it. */
  readonly outcome: string;
};

type Status = 'active' | 'degraded' | 'retired';

export type ChaosRegistered = {
  readonly packs: ReadonlyMap<
    string,
    { readonly by: 'root' | 'api'; readonly dir: string | null; readonly status: Status }
  >;
  readonly flows: ReadonlyMap<
    string,
    {
      readonly by: 'root' | 'api';
      readonly status: Status;
      readonly path: string | null;
      readonly content: string;
      readonly text: string | null;
      readonly pinned: string | null;
      readonly over: string | null;
      readonly isEnabled: boolean;
      readonly isProtected: boolean;
      readonly history: readonly string[];
    }
  >;
  readonly actions: ReadonlyMap<
    string,
    {
      readonly by: 'root' | 'api';
      readonly status: Status;
      readonly path: string | null;
      readonly isWorkflow: boolean;
    }
  >;
  readonly files: ReadonlyMap<
    string,
    { readonly state: string; readonly text: string | null; readonly ref: string | undefined }
  >;
  readonly batches: readonly {
    readonly reason: string;
    readonly state: string;
    readonly pending: readonly string[];
  }[];
};

export type ChaosWorld = {
  readonly root: 'there' | 'away';
  readonly files: ReadonlyMap<string, { readonly text: string; readonly isHidden: boolean }>;
  readonly registered: ChaosRegistered;
};

/** How often each command comes up among all. */
export const weights: Readonly<Record<string, number>>;

/** A root and its registry, both empty. `pruneMaxPercent` defaults to 20. */
export function createWorld(options: {
  readonly name: string;
  readonly pruneMaxPercent?: number;
}): ChaosWorld;

/** Changes the world by a command; returns the steps for what is real, undefined where there is nothing to do. */
export function play(world: ChaosWorld, command: ChaosCommand): readonly ChaosStep[] | undefined;

/** The registry follows the files until nothing changes any more. */
export function settleWorld(world: ChaosWorld): void;
