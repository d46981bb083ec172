// A documented operation → requests: the one its examples make, and those that its general refusals answer.
import type { Asked } from './api-client.mjs';
import type { ApiOperation } from './whole-app.ts';

export type Placed = { readonly method: string; readonly path: string; readonly operation: ApiOperation };

export type Given = {
  readonly params?: Readonly<Record<string, string | number>>;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is, anything else as JSON. */
  readonly body?: string | Uint8Array | object;
  /** @default that of the first body documented */
  readonly type?: string;
};

/** What is not given is taken from the document's examples. */
export function requestOf({ method, path, operation }: Placed, given: Given = {}): Asked {
  const { parameters = [], requestBody } = operation;
  const exampleOf = (name: string) =>
    parameters.find((parameter) => parameter.in === 'path' && parameter.name === name)?.schema['examples'];
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = given.params?.[name] ?? (exampleOf(name) as readonly unknown[] | undefined)?.[0] ?? '1';
    return String(value);
  });
  const query = given.query ?? neededQuery(operation);
  const [type, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  const body =
    given.body ?? (requestBody?.required === true ? (content?.example as object | undefined) : undefined);
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const mediaType = given.type ?? type ?? 'application/json';
  return {
    method: method.toUpperCase(),
    path: query === '' ? address : `${address}?${query}`,
    headers: { ...(body === undefined ? {} : { 'content-type': mediaType }), ...given.headers },
    ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
  };
}

function neededQuery({ parameters = [] }: ApiOperation): string {
  return parameters
    .filter((parameter) => parameter.in === 'query' && parameter.required)
    .map(({ name, schema }) => `${name}=${(schema['examples'] as readonly unknown[] | undefined)?.[0] ?? 1}`)
    .join('&');
}

/** How each refusal that any operation of the kind may answer with is brought about; `bearer` as that operation needs it. */
export function provocations(placed: Placed, bearer: { readonly write: string; readonly read: string }) {
  const { path, operation } = placed;
  const signed = (given: Given): Asked => {
    const asked = requestOf(placed, given);
    return { ...asked, headers: { authorization: `Bearer ${bearer.write}`, ...asked.headers } };
  };
  const types = Object.keys(operation.requestBody?.content ?? {});
  const malformed = path.includes('{')
    ? signed({ params: new Proxy({}, { get: () => '%zz' }) })
    : signed({ body: '{', type: 'application/json' });
  const found: Record<string, Asked> = {
    unauthorized: requestOf(placed),
    role_forbidden: signed({ headers: { authorization: `Bearer ${bearer.read}` } }),
    host_forbidden: signed({ headers: { host: 'evil.example' } }),
    origin_forbidden: signed({ headers: { origin: 'https://evil.example' } }),
    invalid_query: signed({ query: 'zzz=1' }),
    invalid_body: signed({ body: { zzz: 1 }, type: 'application/json' }),
    unsupported_media_type: signed({ body: 'x', type: 'text/x-none' }),
    // Refused by its length before a byte of it is read.
    body_too_large: {
      ...signed({
        headers: { 'content-length': String(2 ** 30), 'content-type': types[0] ?? 'application/json' },
      }),
      body: '',
    },
    bad_request: malformed,
  };
  return (code: string): Asked | undefined => found[code];
}
