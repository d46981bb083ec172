// What a path can be asked, described where it is answered: the OpenAPI document is made from this, and from nothing else.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { JsonObject } from '../model/pack.ts';
import type { ProblemCode } from './problem.ts';

/** A JSON Schema (draft 2020-12), or a reference to one by `schemaRef`. */
export type Schema = JsonObject;

export type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/** One method of one path. */
export type Operation = {
  /** `operationId`: what generated clients call it. Never changes once it is out. @default method and path in one word */
  readonly id?: string;
  /** A few words, the heading of the operation. */
  readonly summary: string;
  /** Markdown: what a client has to know beyond the schemas. */
  readonly description?: string;
  /** Parts of the path by name, where `openapi/parameters.ts` does not know them. */
  readonly params?: Readonly<Record<string, { readonly description: string; readonly schema: Schema }>>;
  /** Keys of the query; any other is refused with `invalid_query`. A list that is repeated or comma-separated says so. */
  readonly query?: Readonly<Record<string, QueryKey>>;
  /** Request headers that change the answer, such as `If-Match`. */
  readonly headers?: Readonly<Record<string, { readonly description: string }>>;
  /** Bodies by media type; absent: none is read. */
  readonly body?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, Schema>>;
    /** @default 1 MiB */
    readonly maxBytes?: number;
  };
  readonly success: Answer;
  /** What else it answers that is neither success nor a problem document. With the request header `If-None-Match` 304 is added. */
  readonly also?: readonly Answer[];
  /** Refusals of its own; those that any operation may answer with are added. */
  readonly refusals?: readonly ProblemCode[];
  /** False: whatever the method, nothing is changed, so that a `read` token is enough. @default by the method */
  readonly changes?: boolean;
  readonly handler: Handler;
};

export type Answer = {
  readonly status: number;
  readonly description: string;
  /** By media type; absent: no body. */
  readonly content?: Readonly<Record<string, Schema>>;
  readonly headers?: Readonly<Record<string, { readonly description: string }>>;
};

export type QueryKey = {
  readonly description: string;
  readonly schema: Schema;
  readonly required?: boolean;
  /** A list: `repeat` is `?tag=a&tag=b`, `comma` is `?tags_any=a,b`. The schema is then the item's. */
  readonly list?: 'repeat' | 'comma';
};

/** Refers to a schema of the document's components, by its name there. */
export function schemaRef(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}
