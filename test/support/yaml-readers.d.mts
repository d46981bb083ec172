// Types of yaml-readers.mjs, for tests in TypeScript.
import type { Document, LineCounter } from 'yaml';

/** The values of all documents, or why the text was refused. */
export type Reading = { readonly values: readonly unknown[] } | { readonly refused: string };
export type YamlReading = Reading & {
  readonly documents: readonly Document[];
  readonly lineCounter: LineCounter;
};
export type ScalarPlace = {
  readonly path: readonly (string | number)[];
  readonly part: 'key' | 'value';
  /** `line:column-line:column` */
  readonly place: string;
  /** Written with `|` or `>`: only the start is comparable. */
  readonly isBlock: boolean;
};

export function readWithJsYaml(text: string): Reading;
export function readWithYaml(text: string): YamlReading;
export function plain(value: unknown): unknown;
export function scalarPlaces(document: Document, lineCounter: LineCounter): ScalarPlace[];
