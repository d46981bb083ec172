// The application with every path it can have, to look at what it says of itself; nothing is behind its ports.
import { createApp } from '../../src/http/app.ts';
import type { HttpOptions } from '../../src/http/ports.ts';
import { printedSchema } from '../../src/language/schema/printed.ts';
import type { Logger } from '../../src/model/logger.ts';

/** A port that is there, and must not be asked for anything. */
const port: unknown = new Proxy(() => undefined, {
  get: () => port,
  apply: () => {
    throw new Error('nothing is behind this port');
  },
});

const quiet = () => undefined;
const quietLogger: Logger = {
  debug: quiet,
  info: quiet,
  warn: quiet,
  error: quiet,
  child: () => quietLogger,
};

const given = {
  host: '127.0.0.1',
  port: 0,
  isLoopback: true,
  allowedHosts: ['localhost'],
  tokens: undefined,
  nowMs: () => 0,
  configured: ['root:packs'],
  version: '1.2.3',
  maxDefinitionBytes: 1024 ** 2,
  logger: quietLogger,
  definitionSchemas: {
    WorkflowFile: printedSchema('workflow'),
    ActionFile: printedSchema('action'),
    PackFile: printedSchema('pack'),
  },
  // Every read goes through it.
  reads: {
    enter: async (_, proceed) => proceed({ place: () => 'primary', version: undefined }),
    wrote: async () => undefined,
  },
  metrics: { text: async () => ({ contentType: 'text/plain', body: '' }), httpRequest: () => undefined },
} satisfies Partial<HttpOptions>;

/** Every port that is not named in `change` is a stub, so that no path is left out for want of one. */
export function openWholeApp(change: Partial<HttpOptions> = {}) {
  const options: object = { ...given, ...change };
  return createApp(
    new Proxy(options, {
      get: (target, key) => (key in target ? Reflect.get(target, key) : port),
    }) as HttpOptions,
  );
}

export type ApiDocument = {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    readonly responses: Readonly<Record<string, ApiResponse>>;
    readonly securitySchemes?: object;
  };
};

export type ApiOperation = {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security: readonly object[];
  readonly parameters?: readonly ApiParameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: ApiContent };
  readonly responses: Readonly<Record<string, ApiResponse>>;
};

export type ApiParameter = {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly explode?: boolean;
  readonly schema: Readonly<Record<string, unknown>>;
};

export type ApiContent = Readonly<
  Record<string, { readonly schema: Readonly<Record<string, unknown>>; readonly example?: unknown }>
>;

export type ApiResponse = {
  readonly $ref?: string;
  readonly description?: string;
  readonly headers?: object;
  readonly content?: ApiContent;
};

export async function readDocument(app: ReturnType<typeof openWholeApp>): Promise<ApiDocument> {
  return (await app.inject({ method: 'GET', url: '/openapi.json' })).json();
}

/** Every operation with its method and path. */
export function operationsOf({ paths }: ApiDocument) {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
}
