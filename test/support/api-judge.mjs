// The API's document at work: validators for any place in it, and a judge that puts an answer beside it.
import { Ajv2020 } from 'ajv/dist/2020.js';

/** RFC 3339 as the API writes it. */
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

export function createPlaces(document) {
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { 'date-time': dateTime } });
  const { components, paths } = document;
  ajv.addSchema({ $id: 'doc', components: closed(components), paths: closed(paths) });
  return (pointer, value) => {
    const validate = ajv.getSchema(`doc${pointer}`) ?? ajv.compile({ $ref: `doc${pointer}` });
    validate(value);
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
    );
  };
}

export function escaped(key) {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function closed(value) {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, closed(one)]));
  const isMapping = inner.type === 'object' || (Array.isArray(inner.type) && inner.type.includes('object'));
  if (!isMapping || inner.properties === undefined || 'additionalProperties' in inner) return inner;
  return { ...inner, additionalProperties: false };
}

/** Refusals that the document has under `default`. */
const anywhere = [408, 431, 500];

export function createJudge(document) {
  const check = createPlaces(document);
  return ({ method, path }, { status, headers, text }) => {
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
      .filter((name) => ['Location', 'ETag'].includes(name) && headers[name.toLowerCase()] === undefined)
      .map((name) => `the header ${name} is missing`);
    return [...missing, ...judgeBody(response, pointer, headers['content-type'], text)];
  };

  function judgeBody({ content }, pointer, given, text) {
    if (content === undefined) return text === '' ? [] : ['a body is not documented'];
    const [type] = String(given ?? '').split(';', 1);
    if (content[type] === undefined) return [`the media type ${type} is not documented`];
    if (!/[/+]json$/.test(type)) return text === '' ? ['the body is empty'] : [];
    return check(`${pointer}/content/${escaped(type)}/schema`, JSON.parse(text));
  }
}

function resolve(document, found, pointer) {
  const [, name] = /^#\/components\/responses\/(.*)$/.exec(found.$ref ?? '') ?? [];
  const shared = name === undefined ? undefined : document.components.responses[name];
  return shared === undefined
    ? { response: found, pointer }
    : { response: shared, pointer: `#/components/responses/${name}` };
}

export function codesOf(document, { method, path }) {
  const responses = Object.values(document.paths[path]?.[method]?.responses ?? {});
  return responses.flatMap((found) => {
    const { schema } = resolve(document, found, '').response.content?.['application/problem+json'] ?? {};
    return schema?.properties?.code?.enum ?? [];
  });
}
