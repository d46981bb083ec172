// Names and places: what a root, a pack and a file are called. Values only.

declare const brand: unique symbol;
/** A string that has been checked once at the border and is not mixed up with other strings afterwards. */
export type Brand<B extends string> = string & { readonly [brand]: B };

/** `root:<name>` for a watched root, `api` for definitions written through the API. */
export type SourceName = Brand<'SourceName'>;
/** The source that belongs to no daemon: any of them writes it, fenced by the pack's generation. */
export const apiSource = 'api' as SourceName;
/** Ref of a pack, `^[a-z][a-z0-9_-]+$`, at most 64 characters. */
export type PackRef = Brand<'PackRef'>;
/** `<pack>.<name>`, one dot, at most 255 characters; unique over all sources. */
export type Ref = Brand<'Ref'>;
/** POSIX path relative to its root; the first segment is the pack directory. Bytes that are no UTF-8 are percent-encoded. */
export type PackPath = Brand<'PackPath'>;
/** Name of a directory directly below a root: the first segment of a `PackPath`. */
export type PackDir = Brand<'PackDir'>;
/** SHA-256 of a file's bytes, 64 lower-case hex digits. */
export type Digest = Brand<'Digest'>;
/** SHA-256 of a canonical definition (keys sorted, compact JSON), 64 lower-case hex digits. */
export type Revision = Brand<'Revision'>;

/** What a file is for, decided by its place in the pack. */
export type FileRole = 'manifest' | 'action' | 'workflow';

/** A watched directory that holds packs. */
export type Root = {
  readonly source: SourceName;
  /** Absolute path as configured; may itself be a symbolic link, resolved anew at each scan. */
  readonly path: string;
};

/** JSON as Postgres' jsonb can hold it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };
