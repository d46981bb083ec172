// The parts of the API's document that its page shows.
import type { Schema } from '../operation.ts';

export type ShownDocument = {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, ShownOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly responses: Readonly<Record<string, ShownResponse>>;
  };
};

export type ShownOperation = {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly security: readonly object[];
  readonly parameters?: readonly ShownParameter[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly description: string;
    readonly content: ShownContent;
  };
  readonly responses: Readonly<Record<string, ShownResponse>>;
};

export type ShownParameter = {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly description: string;
  readonly schema: Schema;
};

export type ShownContent = Readonly<Record<string, { readonly schema: Schema; readonly example?: unknown }>>;

export type ShownResponse = {
  readonly $ref?: string;
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description: string }>>;
  readonly content?: ShownContent;
};

/** An operation with its place. */
export type Placed = { readonly method: string; readonly path: string; readonly operation: ShownOperation };

/** Operations under a heading, in the order of the document. */
export function placedUnder({ paths }: ShownDocument, tag: string): readonly Placed[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .map(([method, operation]) => ({ method, path, operation }))
      .filter(({ operation }) => operation.tags.includes(tag)),
  );
}
