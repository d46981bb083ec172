import { describe, expect, it } from 'vitest';
import type { ActionDefinition, Definition } from '../../src/model/definition.ts';
import type { Ref } from '../../src/model/pack.ts';
import { action, flow, purePass, type Texts } from '../support/pure-pass.ts';
import { createRegistryModel } from '../support/registry-model.ts';

function definitions(
  texts: Texts,
  ref: string,
): { workflow: Definition | undefined; action: ActionDefinition } {
  const { desired } = purePass(texts, createRegistryModel());
  const workflow = desired.workflows.get(ref as Ref);
  const one = desired.actions.get(ref as Ref);
  if (!one || one.same || workflow?.same) throw new Error(`${ref} is not defined`);
  return { workflow: workflow?.definition, action: one.action };
}

const a = 'ops/actions/deploy.yaml';
const g = 'ops/actions/workflows/deploy.workflow.yaml';
const w = 'ops/workflows/deploy.yaml';
const link = 'workflows/deploy.workflow.yaml';
const flat = (name: string) => `parameters:\n  ${name}:\n    type: string\n`;

describe('a workflow that stands alone', () => {
  it('is called by its file where it has no label, and has empty fields where it says nothing', () => {
    const { workflow } = definitions({ [w]: flow() }, 'ops.deploy');
    expect(workflow).toMatchObject({
      ref: 'ops.deploy',
      packRef: 'ops',
      label: 'deploy',
      description: null,
      version: '1.0.0',
      tags: [],
      paramSchema: 'null',
      sourcePath: w,
      sourceText: flow(),
    });
    expect(JSON.parse(workflow?.definition ?? '')).toMatchObject({ ref: 'ops.deploy', label: 'deploy' });
  });

  it('is an action too, whose entry point is its file in the pack', () => {
    const companion = definitions({ [w]: flow(1, 'label: D\n') }, 'ops.deploy').action;
    expect(companion).toMatchObject({
      label: 'D',
      isWorkflow: true,
      entrypoint: 'workflows/deploy.yaml',
      runtimeRef: null,
      sourcePath: w,
    });
  });

  it('has another revision for another content, the same for another comment, order or path', () => {
    const revision = (texts: Texts) => definitions(texts, 'ops.deploy').workflow?.revision;
    const first = revision({ [w]: flow() });
    expect(revision({ [w]: `# said\n${flow()}` })).toBe(first);
    expect(revision({ [w]: `ref: ops.deploy\n${flow()}` })).toBe(first);
    expect(revision({ [g]: flow() })).toBe(first);
    expect(revision({ [w]: flow(2) })).not.toBe(first);
    expect(revision({ [w]: flow(1, 'label: D\n') })).not.toBe(first);
  });
});

describe('a workflow behind an action', () => {
  const both = (actionHead: string, graphHead: string): Texts => ({
    [a]: action({ graph: link, head: actionHead }),
    [g]: flow(1, graphHead),
  });

  it('has the schemas of the action, else those of the graph', () => {
    const mine = definitions(both(flat('mine'), flat('theirs')), 'ops.deploy');
    expect(mine.workflow?.paramSchema).toBe('{"mine":{"type":"string"}}');
    expect(mine.action.paramSchema).toEqual(mine.workflow?.paramSchema);
    const theirs = definitions(both('', flat('theirs')), 'ops.deploy');
    expect(theirs.workflow?.paramSchema).toBe('{"theirs":{"type":"string"}}');
    expect(theirs.action.paramSchema).toEqual(theirs.workflow?.paramSchema);
  });

  it('has label, description and tags of the graph, else those of the action', () => {
    const head = (word: string) => `label: ${word}\ndescription: about ${word}\ntags: [${word}]\n`;
    const own = definitions(both(head('A'), head('G')), 'ops.deploy').workflow;
    expect([own?.label, own?.description, own?.tags]).toEqual(['G', 'about G', ['G']]);
    const lent = definitions(both(head('A'), ''), 'ops.deploy').workflow;
    expect([lent?.label, lent?.description, lent?.tags]).toEqual(['A', 'about A', ['A']]);
  });

  it('leaves the action its own label, and its link as entry point', () => {
    const one = definitions(both('label: A\n', 'label: G\n'), 'ops.deploy').action;
    expect(one).toMatchObject({
      label: 'A',
      entrypoint: link,
      isWorkflow: true,
      runtimeRef: null,
      sourcePath: a,
    });
  });

  it('changes with the action alone', () => {
    const before = definitions(both('', ''), 'ops.deploy').workflow?.revision;
    expect(definitions(both(flat('more'), ''), 'ops.deploy').workflow?.revision).not.toBe(before);
  });
});

describe('a plain action', () => {
  const one = (body: string) => definitions({ [a]: `${body}entry_point: run.sh\n` }, 'ops.deploy').action;

  it('is called by its name in words where it has no label', () => {
    const texts = { 'ops/actions/http_request.yaml': action() };
    expect(definitions(texts, 'ops.http_request').action.label).toBe('Http Request');
    expect(one('label: Run\n').label).toBe('Run');
  });

  it.each([
    ['shell', 'core.shell'],
    ['BASH', 'core.shell'],
    ['python3', 'core.python'],
    ['node.js', 'core.nodejs'],
    ['native', 'core.native'],
    ['my.runtime', 'my.runtime'],
    ['constructor', 'constructor'],
  ])('with the runner %s runs on %s', (runner, runtime) => {
    expect(one(`runner_type: ${runner}\n`).runtimeRef).toBe(runtime);
  });

  it('has no workflow behind it', () => {
    expect(one('')).toMatchObject({ isWorkflow: false, entrypoint: 'run.sh' });
  });
});
