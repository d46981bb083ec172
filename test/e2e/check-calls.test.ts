// What `check` says of calls between packs: it is shown, and changes neither a verdict nor the exit code.
import { expect, it } from 'vitest';
import { manifestText } from '../support/pack-text.ts';
import { createSite } from '../support/site.ts';

const calls = (...refs: readonly string[]) =>
  `version: 1.0.0\ntasks:\n${refs.map((ref, at) => `  - { name: t${at}, action: ${ref} }\n`).join('')}`;
const taking = (name: string) =>
  `parameters: { ${name}: { type: string, required: true } }\nentry_point: run.sh\n`;

type Checked = {
  readonly files: readonly {
    readonly path: string;
    readonly state: string;
    readonly diagnostics: readonly {
      readonly code: string;
      readonly severity: string;
      readonly line: number;
    }[];
  }[];
  readonly summary: { readonly warnings: number };
};

it('tells of calls into the packs it is given, and leaves the verdict alone', async ({ onTestFinished }) => {
  const site = await createSite(onTestFinished, { database: 'none' });
  await site.saveAll({
    'one/pack.yaml': manifestText('one'),
    'one/actions/send.yaml': taking('to'),
    'one/actions/bad.yaml': 'entry_point: [\n',
    'one/workflows/own.yaml': calls('one.send', 'one.sned', 'two.gone', 'core.gone', 'one.bad', 'three.gone'),
    'two/pack.yaml': manifestText('two'),
    'two/workflows/there.yaml': calls('one.own', 'one.won'),
    'three/pack.yaml': 'ref: three\n',
    'three/workflows/there.yaml': calls('one.own'),
  });
  const check = async (...args: readonly string[]) => {
    const finished = await site.run(['check', '--format', 'json', ...args]);
    const { files, summary } = finished.json<Checked>();
    const told = files.flatMap(({ path, diagnostics }) =>
      diagnostics
        .filter(({ code }) => code.startsWith('CALL_'))
        .map(({ code, severity, line }) => `${path.replace(/^.*packs\//, '')}:${line} ${code} ${severity}`),
    );
    return { code: finished.code, told, warnings: summary.warnings, states: files.map(({ state }) => state) };
  };
  const own = [
    'one/workflows/own.yaml:3 CALL_MISSING_PARAMETER warning',
    'one/workflows/own.yaml:4 CALL_UNKNOWN_ACTION warning',
  ];
  const there = 'two/workflows/there.yaml:4 CALL_UNKNOWN_ACTION warning';

  // The pack `three` has a bad manifest: what it holds is not known, so nothing is said of calls into it.
  const all = await check('packs');
  expect(all.told).toEqual([...own, 'one/workflows/own.yaml:5 CALL_UNKNOWN_ACTION warning', there]);
  expect(all.code).toBe(1);

  await site.save('one/actions/bad.yaml', 'entry_point: run.sh\n');
  const alone = await check('packs/one', '--strict');
  expect(alone).toEqual({ code: 0, told: own, warnings: 2, states: ['valid', 'valid', 'valid', 'valid'] });
  expect((await check('packs/one/workflows/own.yaml', '--strict')).told).toEqual(own);

  const both = await check('packs/two', 'packs/one', '--strict');
  // In byte order, whatever the order of the arguments.
  expect(both.told).toEqual([...own, 'one/workflows/own.yaml:5 CALL_UNKNOWN_ACTION warning', there]);
  expect(both.code).toBe(0);
});
