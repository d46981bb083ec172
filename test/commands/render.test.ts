// `render` and `graph`: what they print for programs, and how they leave.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packFiles } from '../support/pack-text.ts';
import { runInProcess } from '../support/run-in-process.ts';

const flow = `\
version: 1.0.0
parameters:
  host: { type: string, required: true }
tasks:
  - name: ask
    action: good.ask
    input: { host: "{{ parameters.host }}" }
    next:
      - when: "{{ result().code == 200 }}"
        publish: [{ code: "{{ result().code }}" }]
        do: [tell]
  - { name: tell, action: good.tell, input: { code: "{{ workflow.code }}" } }
`;
const linked =
  'version: 1.0.0\ntasks:\n  - { name: t, action: good.a, input: { v: "{{ parameters.v }}" } }\n';
const action = (name: string, fallback: number) =>
  `ref: good.${name}\nlabel: L\nworkflow_file: workflows/shared.workflow.yaml\nparameters:\n  v: { type: integer, default: ${fallback} }\n`;

describe('render and graph', () => {
  let dir = '';
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'packwatch-render-'));
    const files = {
      ...packFiles('good', { flow }),
      'good/workflows/broken.yaml': 'version: 1.0.0\ntasks:\n  - { name: a }\n',
      'good/actions/one.yaml': action('one', 1),
      'good/actions/two.yaml': action('two', 2),
      'good/actions/plain.yaml': 'ref: good.plain\nlabel: P\nentry_point: p.sh\nrunner_type: shell\n',
      'good/actions/workflows/shared.workflow.yaml': linked,
      '../params.yaml': 'parameters: { host: h }\nresults: { ask: { result: { code: 200 } } }\n',
      '../wrong.yaml': 'result: {}\n',
    };
    for (const [path, text] of Object.entries(files)) {
      const file = join(dir, 'packs', path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  const run = (...args: string[]) => runInProcess(dir, args);

  it('renders with what is given and exits 0', async () => {
    const path = 'packs/good/workflows/flow.yaml';
    const done = await run('render', path, '--params', 'params.yaml', '--format', 'json');
    expect(done.code).toBe(0);
    expect(JSON.parse(done.stdout)).toMatchObject({
      tasks: [
        { name: 'ask', input: { host: 'h' }, next: [{ fires: true, publish: { code: 200 }, do: ['tell'] }] },
        { name: 'tell', input: { code: 200 }, next: [] },
      ],
      output: null,
      problems: [],
    });
  });

  it('exits 1 with the errors in their places when something is not given', async () => {
    const path = 'packs/good/workflows/flow.yaml';
    const done = await run('render', path, '--format', 'json');
    expect(done.code).toBe(1);
    const error = { code: 'EXPR_MISSING', severity: 'error', path, line: 7, column: 35 };
    expect(JSON.parse(done.stdout)).toMatchObject({
      tasks: [{ input: { host: { error } }, next: [{ fires: { error: { line: 9 } } }] }, { reached: false }],
      problems: [{ code: 'SCHEMA_REQUIRED', path, line: 3, column: 3 }],
    });
    const told = await run('render', path);
    expect(told.stdout).toContain('host: ✗ parameters.host is not given');
    expect(told.stdout).toContain('parameters:\n  host: …\nresults:\n  ask:\n    result:\n      code: …\n');
  });

  it('takes a linked graph for the action at the path, the one that is chosen, or the first', async () => {
    const defaultOf = async (...args: string[]) => {
      const done = await run('render', ...args, '--format', 'json');
      return (JSON.parse(done.stdout) as { parameters: { v: number } }).parameters.v;
    };
    const shared = 'packs/good/actions/workflows/shared.workflow.yaml';
    expect(await defaultOf('packs/good/actions/two.yaml')).toBe(2);
    expect(await defaultOf(shared)).toBe(1);
    expect(await defaultOf(shared, '--action', 'good.two')).toBe(2);
  });

  it.each([
    ['a file that is not there', 64, ['render', 'packs/good/workflows/none.yaml']],
    ['a directory', 64, ['graph', 'packs/good']],
    ['the manifest', 64, ['graph', 'packs/good/pack.yaml']],
    ['an action without a graph', 64, ['graph', 'packs/good/actions/plain.yaml']],
    [
      'an action that does not link the file',
      64,
      ['graph', 'packs/good/workflows/flow.yaml', '--action', 'good.one'],
    ],
    ['a notation that is none', 64, ['graph', 'packs/good/workflows/flow.yaml', '--as', 'png']],
    [
      'a parameter file that is not there',
      64,
      ['render', 'packs/good/workflows/flow.yaml', '--params', 'none.yaml'],
    ],
    ['a workflow with an error', 1, ['graph', 'packs/good/workflows/broken.yaml']],
  ])('refuses %s', async (_, code, args) => {
    const done = await run(...args);
    expect(done).toMatchObject({ code, stdout: '' });
    expect(done.stderr.trim()).not.toBe('');
  });

  it('refuses a wrong parameter file with a frame', async () => {
    const done = await run('render', 'packs/good/workflows/flow.yaml', '--params', 'wrong.yaml');
    expect(done).toMatchObject({ code: 1, stdout: '' });
    expect(done.stderr).toContain('did you mean `results`?');
  });

  it('draws the graph in both notations, and gives it to programs', async () => {
    const path = 'packs/good/workflows/flow.yaml';
    expect((await run('graph', path)).stdout).toMatch(/^flowchart TD\n/);
    expect((await run('graph', path, '--as', 'dot')).stdout).toMatch(/^digraph "good.flow" \{\n/);
    const document = JSON.parse((await run('graph', path, '--format', 'json')).stdout) as object;
    expect(Object.keys(document)).toEqual(['nodes', 'edges']);
  });
});
