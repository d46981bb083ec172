// The API's document: made of the operations that routes carry, whole, sound, and true to what is read and refused.
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import { addReader } from '../../src/http/routes/resource.ts';
import { createPlaces, escaped } from '../support/api-judge.mjs';
import { type ApiDocument, openWholeApp, operationsOf, readDocument } from '../support/whole-app.ts';

const document = await readDocument(openWholeApp());
const operations = operationsOf(document);

/** What the linter says; its rules are those of the strict set but one, and all pointers are told. */
async function lint(source: object): Promise<string[]> {
  const config = await createConfig({
    extends: ['recommended-strict'],
    rules: {
      // Schemas of files ask for keys whose shape is told elsewhere in them.
      'no-required-schema-properties-undefined': 'off',
      // Those of files are there for readers.
      'no-unused-components': 'off',
    },
  });
  const problems = await lintFromString({
    source: JSON.stringify(source),
    absoluteRef: '/openapi.json',
    config,
  });
  return problems.map(
    ({ ruleId, message, location }) => `${ruleId} ${message} ${location[0]?.pointer ?? ''}`,
  );
}

/** `GET /packs/:ref` and the like of every route, but for those that only refuse. */
async function registered(
  more: (app: ReturnType<typeof openWholeApp>) => void = () => undefined,
): Promise<string[]> {
  const app = openWholeApp();
  const found: string[] = [];
  app.addHook('onRoute', ({ method, url, config }) => {
    const isRefusal = Array.isArray(method) && method.includes('TRACE');
    if (!isRefusal && method !== 'HEAD')
      found.push(`${String(method)} ${url} ${config?.operation !== undefined}`);
  });
  more(app);
  await app.ready();
  return found;
}

describe('the document', () => {
  it('has every route that is registered', async () => {
    const routes = await registered();
    expect(routes.filter((route) => !route.endsWith(' true'))).toEqual([]);
    const told = operations.map(
      ({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    );
    expect(routes.map((route) => route.replace(/ true$/, '')).sort()).toEqual(told.sort());
    expect(told.length).toBeGreaterThan(20);
  });

  it('would lack a route without an operation', async () => {
    expect(await registered((app) => app.get('/bare', async () => ({})))).toContain('GET /bare false');
  });

  it('passes the linter with its strict rules', async () => {
    expect(await lint(document)).toEqual([]);
    const tokens = () => [];
    expect(await lint(await readDocument(openWholeApp({ tokens, isLoopback: false })))).toEqual([]);
  });

  it('would not pass it with a reference that leads nowhere', async () => {
    const app = openWholeApp();
    addReader(app, '/astray', {
      summary: 'Astray',
      success: {
        status: 200,
        description: 'x',
        content: { 'application/json': { $ref: '#/components/schemas/No' } },
      },
      handler: () => ({}),
    });
    expect(await lint(await readDocument(app))).toHaveLength(1);
  });

  it('names each operation once, and in one word', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z0-9]+$/);
  });

  it('uses every schema it names, but for those of files', () => {
    const text = JSON.stringify(document);
    const unused = Object.keys(document.components.schemas).filter(
      (name) => !text.includes(`"#/components/schemas/${name}"`),
    );
    expect(unused.filter((name) => !name.endsWith('File'))).toEqual([]);
  });

  it('asks for a token below the base where tokens are configured, and nowhere else', async () => {
    const remote = await readDocument(openWholeApp({ tokens: () => [], isLoopback: false }));
    for (const { path, operation } of operationsOf(remote)) {
      const needs = path.startsWith('/api/v1/') || path === '/metrics';
      expect([path, operation.security.length]).toEqual([path, needs ? 1 : 0]);
    }
    expect(operations.flatMap(({ operation }) => operation.security)).toEqual([]);
  });

  it('takes the schemas of files as they are validated against', () => {
    const { WorkflowFile } = document.components.schemas;
    expect(WorkflowFile).toMatchObject({ title: 'Workflow', required: ['version', 'tasks'] });
    const { content } =
      operations.find(({ operation }) => operation.operationId === 'createWorkflow')?.operation.requestBody ??
      {};
    expect(content?.['application/yaml']?.schema).toMatchObject({
      contentSchema: { $ref: '#/components/schemas/WorkflowFile' },
    });
    expect(JSON.stringify(content?.['application/json'])).toContain('#/components/schemas/WorkflowFile');
    expect(JSON.stringify(WorkflowFile)).not.toMatch(/markdownDescription|"#\/\$defs/);
  });
});

describe('keys', () => {
  const api = operations.filter(({ path }) => path.startsWith('/api/v1/'));
  const ask = async (method: string, path: string, query: string, payload?: object) => {
    const url = `${path.replaceAll(/\{\w+\}/g, '1')}${query}`;
    const app = openWholeApp();
    return (
      await app.inject({
        method: method.toUpperCase() as 'GET',
        url,
        ...(payload === undefined ? {} : { payload }),
      })
    ).json();
  };
  /** Those that a refusal of the key `zzz` says are known. */
  const knownOf = ({ errors }: { errors: { key: string; message: string }[] }) => {
    const { message = '' } = errors.find(({ key }) => key === 'zzz') ?? {};
    const [, known = 'not told'] = /^unknown; known are (.*)$/.exec(message) ?? [];
    return known === 'none' ? [] : known.split(', ').sort();
  };

  it.each(api)(
    'of the query of $method $path are those that it reads',
    async ({ method, path, operation }) => {
      const problem = await ask(method, path, '?zzz=1');
      expect(problem).toMatchObject({ status: 422, code: 'invalid_query' });
      const told = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
      expect(knownOf(problem)).toEqual(told.map(({ name }) => name).sort());
    },
  );

  it.each(api.filter(({ method }) => method === 'post' || method === 'put'))(
    'of the body of $method $path are those that it reads',
    async ({ method, path, operation }) => {
      const { schema } = operation.requestBody?.content['application/json'] ?? {};
      if (operation.requestBody !== undefined && schema === undefined) return;
      const problem = await ask(method, path, '', { zzz: 1 });
      expect(problem).toMatchObject({ status: 422, code: 'invalid_body' });
      expect(knownOf(problem)).toEqual(Object.keys((schema?.['properties'] ?? {}) as object).sort());
    },
  );
});

describe('examples', () => {
  it('are each what the schema beside them takes', () => {
    expect(wrongExamples(document)).toEqual([]);
  });

  it('would be found wrong', () => {
    const page = document.components.schemas['Pagination'];
    const changed = {
      ...document,
      components: {
        ...document.components,
        schemas: { ...document.components.schemas, Pagination: { ...page, examples: [{ page: 0 }] } },
      },
    };
    expect(wrongExamples(changed)).not.toEqual([]);
  });
});

/** Every `example` of a content and every one of `examples` of a schema, against it. */
function wrongExamples(source: ApiDocument): string[] {
  const check = createPlaces(source);
  const wrong: string[] = [];
  const walk = (value: unknown, pointer: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const { schema, example, examples } = value as Record<string, unknown>;
    const told = (at: string, one: unknown) =>
      wrong.push(...check(at, one).map((error) => `${at} ${JSON.stringify(one)}: ${error}`));
    if (schema !== undefined && example !== undefined) told(`${pointer}/schema`, example);
    if (Array.isArray(examples)) for (const one of examples) told(pointer, one);
    for (const [key, inner] of Object.entries(value)) {
      if (key !== 'example' && key !== 'examples') walk(inner, `${pointer}/${escaped(key)}`);
    }
  };
  walk(source.paths, '#/paths');
  walk(source.components, '#/components');
  return wrong;
}
