export type PageStep = {
  readonly kind: 'run' | 'left' | 'do' | 'save' | 'see';
  /** Of the page, from 1. */
  readonly line: number;
  readonly text: string;
  /** Of `left`: why, or the test that runs it. */
  readonly reason?: string;
  readonly by?: string;
  /** Of `run`. */
  readonly exits?: number;
  readonly stays?: string;
  readonly with?: string;
  /** Of `save`. */
  readonly file?: string;
  /** Of `see`: the program that stays tells it. */
  readonly told?: boolean;
};

export type Page = {
  readonly path: string;
  readonly ground: string | undefined;
  readonly by: string | undefined;
  readonly steps: readonly PageStep[];
  readonly faults: readonly string[];
};

/** What a reader does with a page, in order, and where it cannot be taken at its word. */
export function readPage(path: string, text: string): Page;

/** Whether `output` is what a page shows; with `within` what is shown may be a part of it. */
export function isShown(shown: string, output: string, within?: boolean): boolean;
