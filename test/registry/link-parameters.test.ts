// Parameters that a graph names and the actions behind it do not declare: when that is said, where, and when it goes away.
import { describe, expect, it } from 'vitest';
import { checkAsText } from '../../src/language/check-text.ts';
import type { PackPath } from '../../src/model/pack.ts';
import type { FileRow } from '../../src/model/state.ts';
import { collectClaims } from '../../src/registry/claims.ts';
import { factsOfChecked } from '../../src/registry/facts.ts';
import { isEmptyPlan } from '../../src/registry/plan.ts';
import {
  action,
  emptyState,
  flow,
  here,
  observeTexts,
  ops,
  purePass,
  runPass,
  type Texts,
} from '../support/pure-pass.ts';
import { createRegistryModel } from '../support/registry-model.ts';

const a = 'ops/actions/deploy.yaml';
const b = 'ops/actions/again.yaml';
const g = 'ops/actions/workflows/deploy.workflow.yaml';
const w = 'ops/workflows/plain.yaml';
const graph = 'workflows/deploy.workflow.yaml';
const linking = (parameters: string) =>
  action({ graph, head: parameters === '' ? '' : `parameters: ${parameters}\n` });
/** The names stand at 7:26 and so on. */
const using = (...names: readonly string[]) =>
  `version: 1.0.0\ntasks:\n  - name: only\n    action: core.noop\n    input:\n      x:\n${names.map((name) => `        - "{{ parameters.${name} }}"\n`).join('')}`;

function marksOf(texts: Texts, path = g): readonly string[] {
  const row = purePass(texts, createRegistryModel()).desired.files.get(path as PackPath);
  return [
    row?.state ?? 'none',
    ...(row?.diagnostics ?? []).map((one) => `${one.code} ${one.line}:${one.column}-${one.end_column}`),
  ];
}
const code = 'EXPR_UNKNOWN_PARAMETER';

describe('a graph whose action declares', () => {
  it.each<readonly [what: string, texts: Texts, marks: readonly string[]]>([
    [
      'what it names',
      { [a]: linking('{ host: { type: string } }'), [g]: using('host', 'host.x') },
      ['valid'],
    ],
    [
      'something else',
      { [a]: linking('{ host: { type: string } }'), [g]: using('host', 'hsot', 'port') },
      ['valid', `${code} 8:26-30`, `${code} 9:26-30`],
    ],
    [
      'something else, as a JSON Schema',
      { [a]: linking('{ type: object, properties: { host: {} } }'), [g]: using('host', 'port') },
      ['valid', `${code} 8:26-30`],
    ],
    ['nothing', { [a]: linking(''), [g]: using('host') }, ['valid', `${code} 7:26-30`]],
    [
      'whatever one likes',
      { [a]: linking('{ type: object, additionalProperties: true }'), [g]: using('host') },
      ['valid'],
    ],
    [
      'anything, beside its own',
      { [a]: linking('{ host: {} }'), [g]: `parameters: { port: {} }\n${using('port')}` },
      ['valid'],
    ],
    [
      'something else, but is broken',
      { [a]: `${linking('{ host: {} }')}timeout_seconds: soon\n`, [g]: using('port') },
      ['valid'],
    ],
    ['nothing, because there is none', { [w]: using('host'), [g]: using('host') }, ['valid']],
    [
      'one thing, and another action another',
      { [a]: linking('{ host: {}, port: {} }'), [b]: linking('{ host: {} }'), [g]: using('host', 'port') },
      ['valid', `${code} 8:26-30`],
    ],
  ])('%s', (_what, texts, expected) => {
    expect(marksOf(texts)).toEqual(expected);
  });

  it('says it at the name, wherever that stands', () => {
    const texts = {
      [a]: linking('{ host: {} }'),
      [g]: flow('"{{ [parameters.host, parameters[\'port\'], parameters.p] }}"'),
    };
    expect(marksOf(texts)).toEqual(['valid', `${code} 3:39-45`, `${code} 3:59-60`]);
  });

  it('names the actions, and what was most likely meant', () => {
    const told = (texts: Texts) => {
      const row = purePass(texts, createRegistryModel()).desired.files.get(g as PackPath);
      return row?.diagnostics.map(({ message, help, severity }) => [severity, message, help]);
    };
    expect(told({ [a]: linking('{ host: {} }'), [g]: using('hsot', 'x') })).toEqual([
      [
        'warning',
        'the action ops.deploy declares no parameter `hsot`, and this file is the graph behind it',
        'did you mean `parameters.host`?',
      ],
      [
        'warning',
        'the action ops.deploy declares no parameter `x`, and this file is the graph behind it',
        'declare it in ops/actions/deploy.yaml, or correct the name',
      ],
    ]);
    const both = { [a]: linking('{ host: {} }'), [b]: linking('{}'), [g]: using('port') };
    expect(told(both)?.[0]?.[1]).toBe(
      'the actions ops.again, ops.deploy declare no parameter `port`, and this file is the graph behind them',
    );
    expect(told(Object.fromEntries(Object.entries(both).reverse()))).toEqual(told(both));
  });

  it('is registered all the same', () => {
    const { desired } = purePass({ [a]: linking('{ host: {} }'), [g]: using('port') }, createRegistryModel());
    expect([...desired.workflows.keys()]).toEqual(['ops.deploy']);
    expect(desired.kept).toEqual([]);
  });
});

describe('what is said of a graph’s parameters', () => {
  const before = { [a]: linking('{ host: {} }'), [g]: using('port'), [w]: flow() };
  const said = (texts: Texts, model: ReturnType<typeof createRegistryModel>) => {
    const { checked, desired } = runPass(texts, model);
    const ours = (row: FileRow | undefined) => row?.diagnostics.filter((one) => one.code === code).length;
    return { checked, said: ours(desired.files.get(g as PackPath)), stored: ours(model.row(here, g)) };
  };

  it('goes away when the action changes, and comes back', () => {
    const model = createRegistryModel();
    runPass(before, model);
    const mended = { ...before, [a]: linking('{ host: {}, port: {} }') };
    expect(said(mended, model)).toEqual({ checked: [a, g].sort(), said: 0, stored: 0 });
    expect(said(before, model)).toEqual({ checked: [a, g].sort(), said: 1, stored: 1 });
  });

  it('goes away when the action lets the graph go, or is gone', () => {
    for (const texts of [
      { ...before, [a]: action() },
      { [g]: using('port'), [w]: flow() },
    ]) {
      const model = createRegistryModel();
      runPass(before, model);
      expect(said(texts, model)).toMatchObject({ said: 0, stored: 0 });
    }
  });

  it('comes when a second action links the graph', () => {
    const model = createRegistryModel();
    runPass({ ...before, [a]: linking('{ port: {} }') }, model);
    const texts = { ...before, [a]: linking('{ port: {} }'), [b]: linking('{ host: {} }') };
    expect(said(texts, model)).toEqual({ checked: [a, b, g].sort(), said: 1, stored: 1 });
  });

  it('stands in the row while nothing changes, and nothing is looked into for it', () => {
    const model = createRegistryModel();
    runPass(before, model);
    const again = purePass(before, model);
    expect(again.checked).toEqual([]);
    expect(isEmptyPlan(again.plan)).toBe(true);
    expect(again.desired.files.get(g as PackPath)?.diagnostics.map((one) => one.code)).toEqual([code]);
  });

  it('makes the graph invalid where warnings count as errors', () => {
    const texts = { [a]: linking('{ host: {} }'), [g]: using('port') };
    const observed = observeTexts(texts);
    const claimsOf = (strict: boolean) => {
      const facts = new Map(
        [...observed.files.values()].map((file) => {
          const text = texts[file.path as keyof typeof texts] ?? '';
          const checked = checkAsText(file.role, Buffer.from(text), { strict });
          return [file.path, factsOfChecked(file, checked, observed.dir, ops)] as const;
        }),
      );
      return collectClaims(ops, facts, emptyState());
    };
    expect(claimsOf(true).found.get(g as PackPath)).toMatchObject([{ code, severity: 'error' }]);
    expect(claimsOf(true).claims.map(({ valid }) => valid)).toEqual([false]);
    expect(claimsOf(false).claims.map(({ valid }) => valid)).toEqual([true]);
  });
});
