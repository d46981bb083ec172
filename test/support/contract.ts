// An answer beside the document: status, media type, headers and body are each what it says of the operation.
import type { Answered } from './api-client.ts';
import { createPlaces, escaped } from './api-schema.ts';
import type { ApiDocument, ApiResponse } from './whole-app.ts';

export type Place = { readonly method: string; readonly path: string };

/** Refusals that the document has under `default`. */
const anywhere = [408, 431, 500];

/** Returns a judge: what is wrong with an answer, in words; nothing where it is as documented. */
export function createJudge(document: ApiDocument) {
  const check = createPlaces(document);
  return ({ method, path }: Place, { status, headers, text }: Answered): readonly string[] => {
    const responses = document.paths[path]?.[method]?.responses ?? {};
    const key = status in responses || !anywhere.includes(status) ? String(status) : 'default';
    const found = responses[key];
    if (found === undefined) return [`${status} is not documented: ${text.slice(0, 300)}`];
    const { response, pointer } = resolve(
      document,
      found,
      `#/paths/${escaped(path)}/${method}/responses/${key}`,
    );
    const missing = Object.keys(response.headers ?? {})
      .filter((name) => name === 'Location' && headers[name.toLowerCase()] === undefined)
      .map((name) => `the header ${name} is missing`);
    return [...missing, ...judgeBody(response, pointer, headers['content-type'], text)];
  };

  function judgeBody(
    response: ApiResponse,
    pointer: string,
    given: unknown,
    text: string,
  ): readonly string[] {
    const { content } = response;
    if (content === undefined) return text === '' ? [] : ['a body is not documented'];
    const [type = ''] = String(given).split(';', 1);
    if (content[type] === undefined) return [`${type || 'no media type'} is not documented`];
    if (!/[/+]json$/.test(type)) return text === '' ? ['the body is empty'] : [];
    return check(`${pointer}/content/${escaped(type)}/schema`, JSON.parse(text));
  }
}

function resolve(document: ApiDocument, found: ApiResponse, pointer: string) {
  const [, name] = /^#\/components\/responses\/(.*)$/.exec(found.$ref ?? '') ?? [];
  const shared = name === undefined ? undefined : document.components.responses[name];
  return shared === undefined
    ? { response: found, pointer }
    : { response: shared, pointer: `#/components/responses/${name}` };
}

/** Codes that the document names for an operation, by the text of its responses. */
export function codesOf(document: ApiDocument, { method, path }: Place): readonly string[] {
  const responses = Object.values(document.paths[path]?.[method]?.responses ?? {});
  return responses.flatMap((found) => {
    const { schema } = resolve(document, found, '').response.content?.['application/problem+json'] ?? {};
    const { code } = (schema?.['properties'] ?? {}) as { code?: { enum: readonly string[] } };
    return code?.enum ?? [];
  });
}
