// Client commands in this process, against a daemon that answers samples: what they ask, print, and leave with.
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  answers,
  batch,
  explanation,
  longRef,
  problemRows,
  revisions,
  rows,
  shownWorkflow,
  sources,
  state,
} from '../support/api-samples.ts';
import { type FakeDaemon, refusal, routes, startFakeDaemon } from '../support/fake-daemon.ts';
import { runHere, type Terminal } from '../support/run-program.ts';

let daemon: FakeDaemon;
let cleanUp: (() => Promise<void>) | undefined;
beforeAll(async () => {
  daemon = await startFakeDaemon((act) => {
    cleanUp = act;
  }, routes(answers));
});
afterAll(() => cleanUp?.());

const run = (args: readonly string[], terminal: Terminal = {}) =>
  runHere([...args, '--url', daemon.url], terminal);

/** Runs it; what it asked for, in order. */
async function askedBy(args: readonly string[], terminal: Terminal = {}): Promise<string[]> {
  const from = daemon.asked.length;
  const { code, err } = await run(args, terminal);
  expect([code, err]).toEqual([0, '']);
  return daemon.asked.slice(from).map(({ method, path }) => `${method} ${path}`);
}

describe('what is printed for programs', () => {
  it.each<[string, readonly string[], unknown]>([
    ['status', ['status'], state],
    ['list', ['list'], rows],
    ['search', ['search', 'page', 'some'], rows],
    ['show', ['show', 'ops.page'], shownWorkflow],
    ['problems', ['problems'], problemRows],
    ['explain', ['explain', 'ops.restart'], explanation],
    ['history', ['history', 'ops.page'], revisions],
    ['rollback', ['rollback', 'ops.page', '1'], answers['POST /workflows/ops.page/rollback']],
    ['unpin', ['unpin', 'ops.page'], answers['POST /workflows/ops.page/unpin']],
    ['enable', ['enable', 'ops.page'], answers['POST /workflows/ops.page/enable']],
    ['disable', ['disable', 'ops.page'], answers['POST /workflows/ops.page/disable']],
    ['protect', ['protect', 'ops.page'], answers['POST /workflows/ops.page/protect']],
    ['unprotect', ['unprotect', 'ops.page'], answers['POST /workflows/ops.page/unprotect']],
    ['held', ['held'], [batch]],
    ['approve', ['approve', '17'], answers['POST /held/17/approve']],
    ['reject', ['reject', '17'], answers['POST /held/17/reject']],
    ['source list', ['source', 'list'], sources],
    ['source forget', ['source', 'forget', 'old', '--yes'], { retired: 31 }],
  ])('is the data of the endpoint: %s', async (_, args, expected) => {
    const ran = await run([...args, '--format', 'json']);
    expect([ran.code, ran.err]).toEqual([0, '']);
    expect(ran.json()).toEqual(expected);
    expect(ran.out.endsWith('\n')).toBe(true);
  });

  it('is a list of changes with their places: diff', async () => {
    const ran = await run(['diff', 'ops.page', '--format', 'json']);
    expect(ran.code).toBe(0);
    const document = ran.json<{ changes: object[] }>();
    expect(Object.keys(document)).toEqual(['from', 'to', 'changes']);
    expect(document).toMatchObject({ from: 1, to: 2 });
    expect(document.changes).toContainEqual({
      path: 'tasks.call.action',
      kind: 'changed',
      before: 'ops.call',
      after: 'ops.phone',
    });
    expect(document.changes).toContainEqual({
      path: 'tasks.call.next[0].do',
      kind: 'removed',
      before: 'log',
      after: null,
    });
  });
});

describe('what is asked', () => {
  it.each<[readonly string[], readonly string[]]>([
    [['list'], ['GET /workflows?status=active%2Cdegraded&page=1&page_size=100']],
    [
      [
        'list',
        '--pack',
        'ops',
        '--tag',
        'a,b',
        '--status',
        'retired',
        '--source',
        'api',
        '--disabled',
        '--sort',
        '-updated',
        '--limit',
        '3',
      ],
      [
        'GET /workflows?pack=ops&tag=a&tag=b&status=retired&enabled=false&source=api&sort=-updated&page=1&page_size=3',
      ],
    ],
    [
      ['list', '--any-tag', 'a,b', '--enabled'],
      ['GET /workflows?tags_any=a%2Cb&status=active%2Cdegraded&enabled=true&page=1&page_size=100'],
    ],
    [['list', '--enabled', '--disabled'], ['GET /workflows?status=active%2Cdegraded&page=1&page_size=100']],
    [
      ['search', 'page', 'some one'],
      ['GET /workflows?status=active%2Cdegraded&q=page+some+one&page=1&page_size=100'],
    ],
    [
      ['search', 'page', '--pack', 'ops', '--tag', 'a', '--status', 'retired', '--source', 'api'],
      ['GET /workflows?pack=ops&tag=a&status=retired&source=api&q=page&page=1&page_size=100'],
    ],
    [
      ['problems', '--pack', 'ops', '--state', 'conflict'],
      ['GET /problems?pack=ops&state=conflict&page=1&page_size=100'],
    ],
    [['explain', 'ops.page'], ['GET /explain?ref=ops.page']],
    [
      ['explain', 'ops/workflows/x.yaml', '--source', 'root:packs'],
      ['GET /status', 'GET /explain?path=ops%2Fworkflows%2Fx.yaml&source=root%3Apacks'],
    ],
    // A name of a file has the form of a ref.
    [
      ['explain', 'pack.yaml'],
      ['GET /status', 'GET /explain?path=pack.yaml'],
    ],
    [
      ['diff', 'ops.page', '2', '1'],
      ['GET /workflows/ops.page/revisions/2', 'GET /workflows/ops.page/revisions/1'],
    ],
    [['held', '--state', 'rejected'], ['GET /held?state=rejected']],
    [
      ['source', 'forget', 'root:old', '--yes'],
      ['GET /sources', 'DELETE /sources/root%3Aold?confirm=31'],
    ],
  ])('by %j', async (args, expected) => {
    expect(await askedBy(args)).toEqual(expected);
  });

  it('about a path below a root is asked below that root', async () => {
    const expected = ['GET /status', 'GET /explain?path=ops%2Fworkflows%2Fx.yaml&source=root%3Apacks'];
    expect(await askedBy(['explain', '/srv/packs/ops/workflows/x.yaml'])).toEqual(expected);
    expect(await askedBy(['explain', 'workflows/x.yaml'], { cwd: '/srv/packs/ops' })).toEqual(expected);
    expect(await askedBy(['explain', './packs/ops/workflows/x.yaml'], { cwd: '/srv' })).toEqual(expected);
  });
});

describe('what is printed for people', () => {
  it('fits the terminal, but for a name that is longer than it', async () => {
    for (const columns of [60, 80, 140]) {
      for (const args of [
        ['list'],
        ['history', 'ops.page'],
        ['source', 'list'],
        ...(columns < 80 ? [] : [['status'], ['show', 'ops.page']]),
      ]) {
        const { out } = await run(args, { columns });
        const lines = stripVTControlCharacters(out).split('\n');
        const tooLong = lines.filter((line) => !line.includes(longRef) && width(line) > columns);
        expect(tooLong, `${args} ${columns}`).toEqual([]);
      }
    }
  });

  it('holds every ref whole', async () => {
    const { out } = await run(['list'], { columns: 60 });
    for (const { ref } of rows) expect(out).toContain(ref);
  });

  it('has no colour where there is no terminal, and obeys nothing that came over the wire', async ({
    onTestFinished,
  }) => {
    const label = 'a\u001b[2Jb\u202ec\nd';
    const evil = await startFakeDaemon(onTestFinished, routes({ 'GET /workflows': [{ ...rows[0], label }] }));
    const { out } = await runHere(['list', '--url', evil.url]);
    expect(out).toContain('a\\u001b[2Jb\\u202ec\\nd');
    expect(out).not.toContain('\u001b');
    expect(out).not.toContain('\u202e');
    const refused = await startFakeDaemon(onTestFinished, () => refusal(404, 'not_found', label));
    const { err } = await runHere(['show', 'ops.page', '--url', refused.url]);
    expect(err).toBe('packwatch: a\\u001b[2Jb\\u202ec\\nd\n');
  });

  it('is read like a review: diff', async () => {
    const { out } = await run(['diff', 'ops.page']);
    expect(out).toBe(
      [
        'ops.page revision 1 → 2',
        '',
        '~ label  Page → Page somebody',
        '~ version  1.0.0 → 1.1.0',
        '+ parameters.who  { type: string, required: true }',
        '',
        '- task log',
        '    - action  core.log',
        '',
        '~ task find',
        '  ~ input.sql',
        '        from duty',
        '      - where day = 1',
        '      + where day = 2',
        '        limit 1',
        '  + retry  { count: 2, delay: 5 }',
        '',
        '~ task call',
        '  ~ action  ops.call → ops.phone',
        '  - next[0].do  log',
        '  + next[0].do  notify',
        '',
        '+ task notify',
        '    + action  core.mail',
        '    + input.to  {{ parameters.who }}',
        '    + next[0]  always publish { sent: true }',
        '',
        '10 changes',
        '',
      ].join('\n'),
    );
  });

  it('is a patch that goes into a pipe as it is: diff --text', async () => {
    const { out } = await run(['diff', 'ops.page', '--text']);
    expect(out).toBe(
      '--- ops.page revision 1\n+++ ops.page revision 2\n@@ -1,3 +1,3 @@\n' +
        '-version: 1.0.0\n+version: 1.1.0\n vars:\n \tx: 1\n',
    );
  });

  it('says what was agreed to', async () => {
    const { out } = await run(['approve', '17']);
    expect(out).toContain('12 definitions of root:packs will be retired');
    expect(out.match(/ops\.w\d+/g)).toHaveLength(10);
    expect(out).toContain('and 2 more');
  });

  it.each<[readonly string[], string]>([
    [['list'], `ops.page\nops.restart\n${longRef}\n`],
    [['history', 'ops.page'], '3\n2\n1\n'],
    [['problems'], 'ops/workflows/restart.yaml\nops/workflows/held.yaml\n'],
    [['held'], '17\n'],
    [['source', 'list'], 'api\nroot:old\nroot:packs\n'],
    [['status'], 'root_unhealthy root:team: it does not exist (ENOENT)\n'],
    [
      ['explain', 'ops.restart'],
      'no valid   the file has 1 error\nno served  revision 2 goes on being served\n',
    ],
    [['rollback', 'ops.page', '1'], ''],
    [['disable', 'ops.page'], ''],
    [['approve', '17'], ''],
    [['source', 'forget', 'old', '--yes'], ''],
    [['diff', 'ops.page', '1', '1'], ''],
  ])('is short when it shall be: %j --quiet', async (args, expected) => {
    const { code, out, err } = await run([...args, '--quiet']);
    expect({ code, out, err }).toEqual({ code: 0, out: expected, err: '' });
  });
});

function width(line: string): number {
  return [...line].reduce(
    (sum, letter) => sum + (/[\u3000-\u9fff]|\p{Emoji_Presentation}/u.test(letter) ? 2 : 1),
    0,
  );
}

describe('source forget', () => {
  it('does nothing without --yes but to say what it would do', async () => {
    const from = daemon.asked.length;
    const ran = await run(['source', 'forget', 'old']);
    expect(ran).toMatchObject({ code: 64, out: '' });
    expect(ran.err).toContain('root:old left 31 definitions in 2 packs');
    expect(ran.err).toContain('--yes');
    expect(daemon.asked.slice(from).map(({ method }) => method)).toEqual(['GET']);
  });

  it('names the sources there are', async () => {
    const ran = await run(['source', 'forget', 'odl', '--yes']);
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toBe('packwatch: there is no source "odl"; known are api, root:old, root:packs\n');
  });
});

describe('diff', () => {
  it.each<[string, object[], readonly string[], readonly string[]]>([
    ['the revision before the one that is served', [...revisions], [], ['1', '2']],
    ['A with the one that is served', [...revisions], ['3'], ['3', '2']],
    ['the newest, where none is served', revisions.map((one) => ({ ...one, served: false })), [], ['2', '3']],
    [
      'what is left, where a number is gone',
      revisions.filter(({ number }) => number !== 1).map((one) => ({ ...one, served: one.number === 3 })),
      [],
      ['2', '3'],
    ],
  ])('compares %s', async (_, list, numbers, expected) => {
    const fake = await startFakeDaemon(
      (act) => ends.push(act),
      ({ path }) => ({
        body: {
          data: path.endsWith('/revisions') ? list : { ...revisions[0], definition: {}, source_text: '' },
        },
      }),
    );
    await runHere(['diff', 'ops.page', ...numbers, '--url', fake.url]);
    expect(fake.asked.slice(1).map(({ path }) => path.split('/').at(-1))).toEqual(expected);
  });

  it('says so where there is one revision', async ({ onTestFinished }) => {
    const fake = await startFakeDaemon(onTestFinished, () => ({
      body: { data: [{ ...revisions[0], served: true }] },
    }));
    const ran = await runHere(['diff', 'ops.page', '--url', fake.url]);
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toContain('ops.page has one revision');
  });
});

const ends: (() => Promise<void>)[] = [];
afterAll(async () => {
  await Promise.all(ends.map((end) => end()));
});

describe('how they leave', () => {
  it.each<[number, number, string]>([
    [400, 64, 'bad_request'],
    [401, 78, 'unauthorized'],
    [403, 78, 'role_forbidden'],
    [404, 1, 'not_found'],
    [409, 1, 'not_open'],
    [412, 1, 'stale'],
    [422, 64, 'invalid_query'],
    [429, 69, 'too_many'],
    [500, 70, 'internal'],
    [503, 69, 'database_unreachable'],
  ])('refused with %i: exit %i', async (status, code, name) => {
    const fake = await startFakeDaemon(
      (act) => ends.push(act),
      () => refusal(status, name, 'the words of the daemon'),
    );
    const ran = await runHere(['approve', '17', '--url', fake.url, '--token', 'sesame-012']);
    expect(ran).toMatchObject({ code, out: '' });
    expect(ran.err.trim().split('\n')).toHaveLength(1);
    if (status !== 401) expect(ran.err).toBe('packwatch: the words of the daemon\n');
    expect(ran.err).not.toContain('sesame');
  });

  it('with 69 where no daemon is', async () => {
    const ran = await runHere(['list'], { env: { PACKWATCH_URL: 'http://127.0.0.1:6000' } });
    expect(ran).toMatchObject({ code: 69, out: '' });
    expect(ran.err).toContain('http://127.0.0.1:6000');
    expect(ran.err).toContain('packwatch run');
  });

  it('shows what is wrong with a file that keeps a ref out', async ({ onTestFinished }) => {
    const { diagnostics } = explanation;
    const fake = await startFakeDaemon(onTestFinished, () =>
      refusal(404, 'not_registered', 'a file claims ops.restart', { diagnostics }),
    );
    const ran = await runHere(['show', 'ops.restart', '--url', fake.url]);
    expect(ran.code).toBe(1);
    expect(ran.err).toContain(
      'error[RULE_TARGET_UNKNOWN] no task "notfy" in this list\n  at ops/workflows/restart.yaml:12:9',
    );
  });

  it.each<[string, readonly string[], string]>([
    ['a ref of no form', ['show', 'ops'], '"ops" is no ref'],
    ['a ref that would leave its place', ['show', '..'], '".." is no ref'],
    ['a path for a ref', ['show', 'ops/workflows/page.yaml'], 'packwatch explain'],
    ['a number that is none', ['rollback', 'ops.page', 'two'], '"two" is no number of a revision'],
    ['number 0', ['diff', 'ops.page', '0'], '"0" is no number of a revision'],
    ['a batch that would leave its place', ['approve', '../1'], '"../1" is no batch'],
    ['a limit of nothing', ['list', '--limit', '0'], '"0" is no number of rows'],
    ['two forms at once', ['show', 'ops.page', '--yaml', '--format', 'json'], 'not both'],
    ['no words', ['search'], 'missing required argument'],
    ['a group without a command', ['source'], 'Usage: packwatch source'],
    ['a command that a group does not have', ['source', 'lost'], "unknown command 'lost'"],
    ['a setting of the daemon', ['list', '--rescan-s', '5'], "unknown option '--rescan-s'"],
  ])('with 64 for %s', async (_, args, words) => {
    const from = daemon.asked.length;
    const ran = await runHere(args, { env: { PACKWATCH_URL: daemon.url } });
    expect(ran).toMatchObject({ code: 64, out: '' });
    expect(ran.err).toContain(words);
    expect(daemon.asked).toHaveLength(from);
  });

  it('with 78 for a URL that is none, and not for a setting of the daemon', async () => {
    const ran = await runHere(['list'], { env: { PACKWATCH_URL: 'ftp://x' } });
    expect(ran).toMatchObject({ code: 78, out: '' });
    expect(ran.err).toContain('PACKWATCH_URL');
    // Nothing of the daemon's is read either: the context here fails when a file is.
    const env = {
      PACKWATCH_URL: daemon.url,
      PACKWATCH_TOKEN_FILE: '/etc/secret',
      PACKWATCH_RESCAN_S: 'soon',
    };
    expect(await runHere(['list'], { env })).toMatchObject({ code: 0, err: '' });
  });

  it('after a warning about a variable that means nothing', async () => {
    const ran = await run(['held'], { env: { PACKWATCH_TOKNE: 'x' } });
    expect(ran.code).toBe(0);
    expect(ran.err).toContain('PACKWATCH_TOKEN');
  });
});
