// Random requests made from the API's document, most of them wrong somewhere, and what may be answered to them.
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { createJudge } from './api-judge.mjs';

/** Keys that make a request wait: it is the point of them, not a hang. */
const waits = ['wait', 'timeout'];

const odd = fc.constantFrom(
  ...[
    '',
    '.',
    '..',
    '../../etc/passwd',
    '/etc/passwd',
    'C:\\x',
    '%',
    '%zz',
    '\u0000',
    'a\u0000b',
    '\r\nX: y',
    '\u001b[31m',
  ],
  ...[
    "'; drop table workflow_definition; --",
    '"><script>',
    '{{ x }}',
    '__proto__',
    'constructor',
    'null',
    'NaN',
  ],
  ...[
    '-1',
    '0',
    '1e9',
    '99999999999999999999',
    '1.5',
    ' 1',
    '٣',
    'ſ',
    'İ',
    '\ud83d\ude80',
    'ａ',
    'e\u0301',
    '\u202egnp',
    'a'.repeat(300),
  ],
  ...['a.b.c', 'ops.one', 'OPS.ONE', 'ops.one.', '.ops', 'ops', 'root:packs', 'api', 'x'.repeat(5000)],
);
const anyText = fc.oneof(odd, fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ maxLength: 12 }));
const anyJson = fc.jsonValue({ maxDepth: 3 });
const anyTag = fc.oneof(
  fc.constantFrom(
    '*',
    '""',
    '"x"',
    'W/"x"',
    '"a", "b"',
    'W/',
    '"',
    'x',
    '"\u00e9"',
    `"${'y'.repeat(2000)}"`,
    ',',
  ),
  fc.string({ maxLength: 20 }).map((text) => text.replaceAll(/[^\x20-\x7e]/g, '?')),
);
const mediaTypes = [
  ...[
    'application/json',
    'application/yaml',
    'application/gzip',
    'text/plain',
    'application/x-www-form-urlencoded',
  ],
  ...[
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-16',
    'APPLICATION/JSON',
    'application/json;',
    ';',
    'x',
  ],
];

/** Percent-encoded, but for the few who do it wrong on purpose. */
function inPath(text) {
  return text === '%' || text === '%zz' ? text : encodeURIComponent(text.toWellFormed());
}

/** Text of a value that the schema takes, or may take. */
function textFor(schema, known) {
  const { enum: words, examples = [], type, minimum = 0, maximum = 1000 } = schema;
  const good = [
    ...(words ?? []).map((word) => fc.constant(String(word))),
    ...examples.map((example) => fc.constant(String(example))),
    ...(type === 'integer' ? [fc.integer({ min: minimum, max: Math.min(maximum, 1000) }).map(String)] : []),
    ...(type === 'string' ? [fc.constantFrom(...known)] : []),
  ];
  return good.length === 0 ? anyText : fc.oneof(...good);
}

/** `known`: refs and names that there are. */
export function requestsOf(document, known) {
  const places = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
  return fc.constantFrom(...places).chain((place) => requestTo(place, known));
}

function requestTo({ method, path, operation }, known) {
  const { parameters = [], requestBody } = operation;
  const parts = parameters.filter((parameter) => parameter.in === 'path');
  const keys = parameters.filter((parameter) => parameter.in === 'query');
  const wrongMethod = fc.constantFrom(
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'PROPFIND',
  );
  return fc
    .record({
      asked: weighted(12, fc.constant(method.toUpperCase()), wrongMethod),
      parts: fc.record(
        Object.fromEntries(
          parts.map(({ name, schema }) => [name, weighted(3, textFor(schema, known), anyText)]),
        ),
      ),
      slip: weighted(12, fc.constant(''), fc.constantFrom('/', '//', '/x', '/..', '%2f', ';a=b')),
      query: queryOf(keys, known),
      headers: headersOf(requestBody),
      body: bodyOf(requestBody),
    })
    .map(({ asked, parts: values, slip, query, headers, body }) => {
      const address = path.replaceAll(/\{(\w+)\}/g, (_, name) => inPath(values[name] ?? 'x')) + slip;
      const canCarry = !['GET', 'HEAD', 'TRACE'].includes(asked);
      const { 'content-type': type, ...others } = headers;
      return {
        place: { method: asked.toLowerCase(), path },
        method: asked,
        path: query === '' ? address : `${address}?${query}`,
        headers:
          canCarry && body !== undefined && type !== undefined ? { ...others, 'content-type': type } : others,
        ...(canCarry && body !== undefined ? { body } : {}),
      };
    });
}

/** The first `weight` times as often as the second. */
function weighted(weight, often, seldom) {
  return fc.oneof({ weight, arbitrary: often }, { weight: 1, arbitrary: seldom });
}

function queryOf(keys, known) {
  const pair = (name, value) => `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}`;
  const quick = keys.filter(({ name }) => waits.includes(name)).map(({ name }) => `${name}=0`);
  const documented = keys
    .filter(({ name }) => !waits.includes(name))
    .map(({ name, schema }) =>
      weighted(3, textFor(schema.items ?? schema, known), anyText).map((value) => pair(name, value)),
    );
  const wrong = fc.oneof(
    fc.tuple(anyText, anyText).map(([name, value]) => pair(name, value)),
    fc.constantFrom(
      'zzz=1',
      '=',
      '&&',
      '%zz',
      'page=1&page=2',
      '__proto__[x]=1',
      'q',
      `q=${'x'.repeat(8000)}`,
    ),
  );
  const given =
    documented.length === 0 ? fc.constant([]) : fc.array(fc.oneof(...documented), { maxLength: 4 });
  return fc
    .tuple(
      given,
      weighted(
        4,
        fc.constant([]),
        wrong.map((one) => [one]),
      ),
    )
    .map((lists) => [...quick, ...lists.flat()].join('&'));
}

function headersOf(requestBody) {
  const types = Object.keys(requestBody?.content ?? { 'application/json': {} });
  return fc
    .record(
      {
        'content-type': weighted(4, fc.constantFrom(...types), fc.constantFrom(...mediaTypes)),
        accept: fc.constantFrom(
          '*/*',
          'application/yaml',
          'text/html',
          'x',
          ',,',
          'application/json;q=0, */*;q=nan',
        ),
        'if-none-match': anyTag,
        'if-match': anyTag,
        origin: fc.constantFrom('null', 'https://evil.example', 'http://localhost', 'x'),
        'last-event-id': fc.constantFrom('0', '-1', 'x', '9'.repeat(30), '1'),
        'accept-encoding': fc.constantFrom('gzip', 'x', 'identity;q=0'),
      },
      { requiredKeys: ['content-type'] },
    )
    .chain((headers) =>
      fc
        .subarray(Object.keys(headers), { minLength: 0 })
        .map((kept) =>
          Object.fromEntries(
            Object.entries(headers).filter(
              ([name]) => name === 'content-type' || (kept.includes(name) && kept.length < 3),
            ),
          ),
        ),
    );
}

function bodyOf(requestBody) {
  const examples = Object.values(requestBody?.content ?? {}).flatMap(({ example }) =>
    example === undefined ? [] : [example],
  );
  const mutated = examples.map((example) =>
    fc
      .tuple(fc.constantFrom(...Object.keys(example ?? {}), 'zzz'), anyJson)
      .map(([key, value]) => JSON.stringify({ ...example, [key]: value })),
  );
  return fc.oneof(
    ...examples.map((example) => fc.constant(JSON.stringify(example))),
    ...mutated,
    fc.constant(undefined),
    anyJson.map((value) => JSON.stringify(value)),
    anyText,
    fc.constantFrom(
      ...[
        '{',
        '[]',
        'null',
        '"x"',
        '{"a":1,"a":2}',
        '{"__proto__":{}}',
        '\ufeff{}',
        '['.repeat(20_000),
        '{"a":'.repeat(5000),
      ],
      ...[
        'ref: ops.new\nversion: 1.0.0\ntasks: []\n',
        'a: &a [*a, *a]\n',
        '- '.repeat(5000),
        '\t',
        '--- !!js/function x\n',
      ],
      'x'.repeat(1_200_000),
    ),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.uint8Array({ maxLength: 600 }).map((bytes) => gzipSync(bytes)),
  );
}

/** Returns what is wrong with the answer to a random request, in words. */
export function createFuzzJudge(document) {
  const judge = createJudge(document);
  const { code: known } = document.components.schemas.ProblemDocument.properties;
  return ({ place, method, path }, answer) => {
    const { status, headers, text } = answer;
    if (method === 'HEAD') return status >= 500 && status !== 503 ? [`${status}`] : [];
    const isPage = String(headers['content-type']).startsWith('text/html');
    const wrong = [];
    if (status >= 500 && status !== 503) wrong.push(`${status}: ${text.slice(0, 200)}`);
    if (status >= 400 && !isPage) wrong.push(...problemFaults(answer, known.enum));
    // A slip may lead to another operation, or to none.
    const isStraight = document.paths[place.path]?.[place.method] !== undefined && matches(place.path, path);
    if (isStraight) wrong.push(...judge(place, answer));
    return wrong;
  };
}

function problemFaults({ status, headers, text }, codes) {
  if (!String(headers['content-type']).startsWith('application/problem+json')) {
    return [`${status} is no problem document but ${headers['content-type']}: ${text.slice(0, 200)}`];
  }
  const problem = JSON.parse(text);
  return [
    ...(problem.status === status ? [] : [`${status} says that it is ${problem.status}`]),
    ...(codes.includes(problem.code) ? [] : [`the code ${problem.code} is not known`]),
    ...(problem.type === `urn:packwatch:problem:${problem.code}` ? [] : [`its type is ${problem.type}`]),
    ...(typeof problem.title === 'string' && typeof problem.detail === 'string'
      ? []
      : ['title or detail is missing']),
  ];
}

/** The address is one that the pattern stands for: a part is no empty word and holds no slash. */
function matches(pattern, address) {
  const [path] = address.split('?', 1);
  return new RegExp(
    `^${pattern.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&').replaceAll(/\{\w+\}/g, '[^/;]+')}$`,
  ).test(path);
}

/** The `count` first requests of a seed. */
export function sample(requests, seed, count) {
  return fc.sample(requests, { seed, numRuns: count });
}

/**
 * Asks `count` random requests, eight at a time. Throws with the first that was answered wrongly, or not at all in `limitMs`.
 * Returns how often each status came, and the longest wait in ms.
 */
export async function fuzz({ document, client, known, seed, count, headers = () => ({}), limitMs = 20_000 }) {
  const judge = createFuzzJudge(document);
  const statuses = {};
  let worstMs = 0;
  const requests = sample(requestsOf(document, known), seed, count);
  let next = 0;
  const ask = async () => {
    for (;;) {
      const at = next;
      next += 1;
      const asked = requests[at];
      if (asked === undefined) return;
      const begunMs = performance.now();
      const told = `request ${at} of seed ${seed}: ${JSON.stringify(asked).slice(0, 1500)}`;
      const answer = await client
        .ask({ ...asked, headers: { ...headers(), ...asked.headers } }, limitMs)
        .catch((error) => {
          throw new Error(`${error.message}; ${told}`, { cause: error });
        });
      worstMs = Math.max(worstMs, performance.now() - begunMs);
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      const wrong = judge(asked, answer);
      if (wrong.length > 0) throw new Error(`${wrong.join('\n')}\n${told}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, ask));
  return { statuses, worstMs: Math.round(worstMs) };
}
