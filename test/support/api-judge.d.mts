import type { Answered } from './api-client.mjs';
import type { ApiDocument } from './whole-app.ts';

export type Place = { readonly method: string; readonly path: string };

/**
 * Validators of places in the document by JSON pointer, such as `#/components/schemas/Pack`. A mapping whose keys are named and
 * that says nothing of others is taken to have no others: an answer with a key that is not documented fails.
 */
export function createPlaces(document: ApiDocument): (pointer: string, value: unknown) => string[];

/** Of a pointer: `/` in a key is `~1`. */
export function escaped(key: string): string;

/** Returns what is wrong with an answer beside the document: status, media type, headers, body; nothing where it is as told. */
export function createJudge(document: ApiDocument): (place: Place, answer: Answered) => readonly string[];

/** Codes that the document names for an operation, by the schemas of its responses. */
export function codesOf(document: ApiDocument, place: Place): readonly string[];
