// Why a file is (not) registered, told from real rows: each situation as the sentences that a person reads.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Explanation, RootHealth } from '../../src/model/explain.ts';
import { explain } from '../../src/registry/explain.ts';
import { type Catalog, createCatalog } from '../../src/store/catalog.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { at, fillSituations } from './explain-example.ts';

let test: TestDatabase;
let catalog: Catalog;
beforeAll(async () => {
  test = await createTestDatabase();
  catalog = createCatalog(test.database);
  await fillSituations(test);
});
afterAll(() => test.drop());

const healthy: RootHealth = { state: 'healthy', unlisted: new Map() };

async function ask(asked: string, health = healthy, source = 'root:main'): Promise<Explanation> {
  const question = asked.includes('/')
    ? ({ about: 'path', source, path: asked } as const)
    : ({ about: 'ref', ref: asked, source: undefined } as const);
  return explain(question, await catalog.readFacts(question), (name) =>
    name === 'root:main' ? health : { state: 'unknown' },
  );
}

/** One line a step: sign, name, sentence; what differs from run to run is left out. */
function told({ steps }: Explanation): readonly string[] {
  return steps.map(({ step, ok, message }) => {
    const sign = ok === null ? ' ' : ok ? '+' : '-';
    const plain = message
      .replace(/bytes [0-9a-f]{12} since \S+/, 'bytes … since …')
      .replace(/ at \d{4}-\S+Z/, ' at …')
      .replace(/\(id \d+/, '(id N')
      .replace(/\(action \d+/, '(action N');
    return `${sign} ${step}: ${plain}`;
  });
}

/** The lines that say that something is not as it should be, or is special. */
const special = (answer: Explanation) => told(answer).filter((line) => !line.startsWith('+'));
const codes = (answer: Explanation) => answer.diagnostics.map(({ code }) => code);

describe('explain', () => {
  it('goes through a file that is served, in the order of a pass, by path and by ref', async () => {
    const answer = await ask(at('good'));
    expect(answer).toMatchObject({ state: 'served', diagnostics: [] });
    expect(told(answer)).toEqual([
      '+ root: root:main is watched and could be looked at',
      '+ file: ops/workflows/good.yaml is seen with the bytes … since …',
      '+ pack: ops/pack.yaml is valid: the pack is ops',
      '+ role: its place makes it a workflow',
      '+ valid: it is valid',
      '+ ref: it stands for ops.good',
      '+ conflict: nothing else claims the same ref',
      '+ registered: it is registered as ops.good (id N, revision 1)',
      '+ served: revision 1 is served, as it lies on disk',
    ]);
    expect(await ask('ops.good')).toEqual(answer);
  });

  const gone = (name: string) => `- file: ${at(name)} is not on disk any more`;
  const retired = [
    '- registered: ops.gone (id N, revision 1) was retired at …; a file brings it back under the same id',
    '- served: executors do not get what is retired',
  ];
  const older = '  served: revision 1, the last good one, is served';
  it.each<[string, readonly string[], string, readonly string[], readonly string[]]>([
    [
      'an edit that waits for a pass',
      [at('edited'), 'ops.edited'],
      'served_older',
      [],
      ['  served: revision 1 is served, and the file has changed since: the next pass registers it'],
    ],
    [
      'a file that is broken',
      [at('broken'), 'ops.broken'],
      'served_older',
      ['YAML_SYNTAX', 'YAML_TAG'],
      ['- valid: it is invalid, 2 errors, the first in line 3: YAML_SYNTAX here', older],
    ],
    [
      'one that was never valid',
      [at('never'), 'ops.never'],
      'not_registered',
      ['SCHEMA_REQUIRED'],
      ['- valid: it is invalid, line 1: SCHEMA_REQUIRED here', '- registered: it was never registered'],
    ],
    [
      'one that may not be read',
      [at('locked'), 'ops.locked'],
      'not_registered',
      ['READ_DENIED'],
      [
        `- file: ${at('locked')} is there, but its bytes could not be read`,
        '- valid: it cannot be read, line 1: READ_DENIED here',
        '- registered: it was never registered',
      ],
    ],
    [
      'one that the next pass registers',
      [at('fresh'), 'ops.fresh'],
      'not_registered',
      [],
      ['- registered: it is not registered yet: the next pass does that'],
    ],
    [
      'a pin',
      [at('pinned'), 'ops.pinned'],
      'pinned',
      [],
      [
        '  served: revision 1 is served, pinned by a rollback over revision 2 until the file changes or it is unpinned',
      ],
    ],
    [
      'what a person disabled',
      [at('off'), 'ops.off'],
      'disabled',
      [],
      ['- served: executors do not get ops.off until a person enables it again'],
    ],
    ['what is retired', [at('gone'), 'ops.gone'], 'retired', [], [gone('gone'), ...retired]],
    [
      'a removal that waits',
      [at('held'), 'ops.held'],
      'held',
      [],
      [
        gone('held'),
        '  served: its file is gone; as 2 would go at once, the removal waits for a person to approve or reject batch b1',
      ],
    ],
    [
      'a removal that was rejected',
      [at('refused'), 'ops.refused'],
      'rejected',
      [],
      [
        gone('refused'),
        '  served: its file is gone; a person rejected the removal (batch b2), so ops.refused is served until the file is back',
      ],
    ],
    [
      'a removal that was approved',
      [at('agreed'), 'ops.agreed'],
      'held',
      [],
      [
        gone('agreed'),
        '  served: its file is gone; the removal is approved (batch b3): the next pass retires it',
      ],
    ],
    [
      'what is protected',
      [at('safe'), 'ops.safe'],
      'protected',
      [],
      [gone('safe'), '  served: its file is gone; it is protected, so it goes on being served'],
    ],
    [
      'a row changed by hand',
      [at('drifted'), 'ops.drifted'],
      'drifted',
      [],
      ['- served: its row was changed by hand: what is served is not what was registered'],
    ],
    [
      'the incumbent of a conflict',
      [at('first'), 'ops.first'],
      'served',
      ['REF_CONFLICT'],
      ['  conflict: REF_CONFLICT here'],
    ],
    [
      'its challenger',
      ['ops/workflows/first.yml'],
      'not_registered',
      ['REF_CONFLICT'],
      [
        '- conflict: REF_CONFLICT here',
        `- registered: ops.first is registered from ${at('first')}, not from it`,
      ],
    ],
    [
      'a graph and its action',
      ['ops/actions/workflows/g.yaml', 'ops/actions/linked.yaml', 'ops.linked'],
      'served',
      [],
      [],
    ],
    [
      'a graph whose action is broken',
      ['ops/actions/workflows/s.yaml', 'ops.spoilt'],
      'served_older',
      ['SCHEMA_TYPE'],
      [
        '- links: ops/actions/spoilt.yaml, which names it as its graph, is invalid, line 1: SCHEMA_TYPE here',
        older,
      ],
    ],
    [
      'a graph whose action is too broken to name it',
      ['ops/actions/workflows/m.yaml', 'ops.mute'],
      'served_older',
      ['YAML_SYNTAX'],
      [
        '- links: ops/actions/mute.yaml, the action of the same ref, is invalid, line 1: YAML_SYNTAX here',
        older,
      ],
    ],
    [
      'that action',
      ['ops/actions/spoilt.yaml'],
      'served_older',
      ['SCHEMA_TYPE'],
      ['- valid: it is invalid, line 1: SCHEMA_TYPE here', older],
    ],
    ['a plain action', ['ops/actions/echo.yaml', 'ops.echo'], 'served', [], []],
    ['a manifest', ['ops/pack.yaml'], 'served', [], []],
    [
      'a pack whose manifest is broken',
      ['kept/workflows/a.yaml', 'kept.a'],
      'served',
      ['PACK_VERSION'],
      [
        '- pack: kept/pack.yaml is invalid, line 2: PACK_VERSION here; the pack kept stays as it was registered last',
      ],
    ],
    [
      'an edit in it',
      ['kept/workflows/b.yaml'],
      'served_older',
      ['PACK_VERSION'],
      [
        '- pack: kept/pack.yaml is invalid, line 2: PACK_VERSION here; the pack kept stays as it was registered last',
        '  served: revision 1 is served, and the file has changed since: it waits for a good manifest',
      ],
    ],
    [
      'that manifest',
      ['kept/pack.yaml'],
      'served_older',
      ['PACK_VERSION'],
      [
        '- valid: it is invalid, line 2: PACK_VERSION here',
        '  registered: the pack kept stands as it was registered last',
      ],
    ],
    [
      'a pack that never was one',
      ['bad/workflows/x.yaml', 'bad.x'],
      'not_registered',
      ['PACK_VERSION'],
      [
        '- pack: bad/pack.yaml is invalid, line 2: PACK_VERSION here; nothing of the directory is registered',
        '- registered: it was never registered',
      ],
    ],
    [
      'its manifest',
      ['bad/pack.yaml'],
      'not_registered',
      ['PACK_VERSION'],
      [
        '- valid: it is invalid, line 2: PACK_VERSION here',
        '- ref: no ref can be told from bad/pack.yaml',
        '- registered: no pack is registered from it',
      ],
    ],
    [
      'a directory without a manifest',
      ['bare/workflows/x.yaml'],
      'not_registered',
      [],
      [
        '- pack: bare has no pack.yaml',
        '- ref: no ref can be told from bare/workflows/x.yaml',
        '- registered: it was never registered',
      ],
    ],
    [
      'a graph that two actions name',
      ['ops/actions/workflows/two.yaml'],
      'not_registered',
      [],
      ['- registered: it was never registered'],
    ],
    [
      'a definition of the API',
      ['web.form'],
      'served',
      [],
      ['  conflict: web/workflows/form.yaml of root:main has the same ref'],
    ],
    [
      'a file for a ref of the API',
      ['web/workflows/form.yaml'],
      'not_registered',
      ['REF_CONFLICT'],
      [
        '- pack: web has no pack.yaml',
        '- conflict: REF_CONFLICT here',
        '- registered: web.form is registered from the API, not from it',
      ],
    ],
    [
      'a ref that nothing is known of',
      ['ops.nothing', 'no ref at all'],
      'unknown',
      [],
      ['  root: no file and no row of this ref is known', '- registered: nothing of it was ever registered'],
    ],
  ])('tells of %s', async (_, asked, state, found, lines) => {
    for (const one of asked) {
      const answer = await ask(one);
      expect([one, answer.state, codes(answer), special(answer)]).toEqual([one, state, found, lines]);
    }
  });

  it.each([
    [at('nothing'), 'no file is there, or its pack was not looked at since it was made'],
    [
      'ops/README.md',
      'looked at are pack.yaml in the directory of a pack, and *.yaml and *.yml in its actions/, workflows/, actions/workflows/',
    ],
    ['.git/workflows/a.yaml', 'directories like .git are never looked into'],
    ['../ops/workflows/a.yaml', 'a path is given from its root, without ..'],
    ["x'; --/workflows/a.yaml", 'no file is there, or its pack was not looked at since it was made'],
  ])('says why %s was never seen', async (path, why) => {
    const answer = await ask(path);
    expect(answer.state).toBe('unknown');
    expect(special(answer)).toEqual([
      `- file: ${path} was never seen: ${why}`,
      '- registered: nothing of it was ever registered',
    ]);
  });

  it('says that a file is not looked into while nothing is registered of its directory', async () => {
    const unseen = (path: string, why: string) => `- file: ${path} was never seen: ${why}`;
    const closed = 'nothing else in bad is looked into before bad/pack.yaml is good';
    expect(special(await ask('bad/workflows/y.yaml'))).toContain(unseen('bad/workflows/y.yaml', closed));
    // A bad manifest of a pack that is registered keeps that, and its files are looked at.
    const open = 'no file is there, or its pack was not looked at since it was made';
    expect(special(await ask('kept/workflows/y.yaml'))).toContain(unseen('kept/workflows/y.yaml', open));
  });

  it.each<[RootHealth, string]>([
    [
      { state: 'unhealthy', reason: 'ENOENT' },
      '- root: root:main cannot be looked at (ENOENT): what is registered from it goes on being served',
    ],
    [{ state: 'unseen' }, '  root: root:main has not been looked at since this daemon started'],
    [
      { state: 'standby', leader: 'web-1, process 42' },
      '+ root: root:main is looked at by web-1, process 42, which leads it',
    ],
    [{ state: 'standby', leader: null }, '+ root: root:main is looked at by another daemon, which leads it'],
    [{ state: 'unknown' }, '- root: root:main is not a root of this daemon'],
  ])('tells of a root that is %j', async (health, line) => {
    const answer = await ask(at('good'), health);
    expect([answer.state, told(answer)[0]]).toEqual(['served', line]);
  });

  it('tells of a pack that cannot be listed whole', async () => {
    const answer = await ask(at('nothing'), {
      state: 'healthy',
      unlisted: new Map([['ops', 'EACCES on ops/workflows']]),
    });
    expect(special(answer)[0]).toBe(
      `- file: ${at('nothing')} was not seen, and its pack cannot be listed whole: EACCES on ops/workflows`,
    );
  });

  it('asks nothing that no column holds', async () => {
    expect((await ask('ops/\0')).state).toBe('unknown');
    expect((await ask('ops.\0')).state).toBe('unknown');
  });
});
