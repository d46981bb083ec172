// What the names of a workflow's expressions may stand for, known from its text alone.

/** Each undefined where it cannot be told; nothing is then said about such names. */
export type Names = {
  readonly parameters: ReadonlySet<string> | undefined;
  /** Declared and published ones. */
  readonly vars: ReadonlySet<string> | undefined;
  /** Of every depth. */
  readonly tasks: ReadonlySet<string> | undefined;
};

/** What is there in the place a template stands in. */
export type Setting = {
  /** `item` and `index`. */
  readonly hasItem: boolean;
  /** A task that has just ended: `result()` and the like. */
  readonly hasResult: boolean;
};
