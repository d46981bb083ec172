// `wait`: what it asks for a file or a ref, what it prints, and the code it leaves with.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WaitAnswer } from '../../src/model/wait.ts';
import { state } from '../support/api-samples.ts';
import { type FakeDaemon, startFakeDaemon } from '../support/fake-daemon.ts';
import { packFiles, workflowText } from '../support/pack-text.ts';
import { runInProcess } from '../support/run-in-process.ts';

const path = 'ops/workflows/one.yaml';
const text = workflowText({ label: 'One 📟' });
const digest = createHash('sha256').update(text).digest('hex');
const live: WaitAnswer = {
  ...{ state: 'live', source: 'root:packs', path, ref: 'ops.one', revision: 'ab'.repeat(32), number: 3 },
  ...{ on_disk: null, diagnostics: [] },
};
const rejected = {
  ...{ ...live, state: 'rejected', reason: 'it is invalid, line 4: no such key' },
  diagnostics: [
    { code: 'SCHEMA_UNKNOWN_KEY', severity: 'error', message: 'no such key', path, line: 2, column: 1 },
  ],
};

let daemon: FakeDaemon;
let dir: string;
/** In turn; the last one for ever. */
let answers: readonly object[] = [live];
const finishers: (() => Promise<void>)[] = [];
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pw-wait-'));
  for (const [file, content] of Object.entries(packFiles('ops', { one: text }))) {
    await mkdir(join(dir, 'checkout', file, '..'), { recursive: true });
    await writeFile(join(dir, 'checkout', file), content);
  }
  await symlink(join(dir, 'checkout'), join(dir, 'link'));
  let waits = 0;
  daemon = await startFakeDaemon(
    (act) => finishers.push(act),
    (asked) => {
      if (asked.path === '/status')
        return { body: { data: { ...state, roots: [{ ...state.roots[0], path: join(dir, 'served') }] } } };
      const data = answers[Math.min(waits, answers.length - 1)];
      waits += 1;
      if (waits >= answers.length) waits = 0;
      return { body: { data } };
    },
  );
});
afterAll(async () => {
  for (const act of finishers) await act();
  await rm(dir, { recursive: true });
});

const run = (args: readonly string[], cwd = dir) => runInProcess(cwd, ['wait', ...args, '--url', daemon.url]);

/** The queries of `/wait`. */
async function asks(args: readonly string[], given: readonly object[] = [live], cwd = dir) {
  answers = given;
  const from = daemon.asked.length;
  const ran = await run(args, cwd);
  const queries = daemon.asked
    .slice(from)
    .filter((asked) => asked.path.startsWith('/wait'))
    .map((asked) => Object.fromEntries(new URLSearchParams(asked.path.split('?')[1])));
  return { ...ran, queries };
}

describe('wait', () => {
  it('asks for a ref as it is', async () => {
    const { queries } = await asks(['ops.one', '--source', 'packs', '--timeout', '7']);
    expect(queries).toEqual([{ ref: 'ops.one', source: 'packs', timeout: '7' }]);
  });

  it('asks for the bytes of a file by its place in its pack, where the root lies elsewhere', async () => {
    for (const [argument, cwd] of [
      [`checkout/${path}`, dir],
      ['one.yaml', join(dir, 'checkout/ops/workflows')],
      [join(dir, 'link', path), '/'],
    ] as const) {
      const { queries } = await asks([argument, '--source', 'root:packs'], [live], cwd);
      expect(queries).toEqual([{ path, source: 'root:packs', digest, timeout: '30' }]);
    }
  });

  it('asks below the root of the daemon where the file lies below it, also by a link', async () => {
    await symlink(join(dir, 'checkout'), join(dir, 'served'));
    const { queries } = await asks([`served/${path}`]);
    expect(queries).toEqual([{ path, source: state.roots[0]?.source, digest, timeout: '30' }]);
    await rm(join(dir, 'served'));
  });

  it('waits for a removal only when it is told to', async () => {
    const gone = 'checkout/ops/workflows/gone.yaml';
    const { code, stderr } = await asks([gone]);
    expect([code, stderr]).toEqual([64, expect.stringMatching(/does not exist; --gone/)]);
    const { queries } = await asks([gone, '--gone']);
    expect(queries).toEqual([{ path: 'ops/workflows/gone.yaml', digest: 'absent', timeout: '30' }]);
    expect((await asks([`checkout/${path}`, '--gone'])).code).toBe(64);
  });

  it.each([
    ['checkout/ops'],
    [`checkout/${path}`, '--timeout', '-1'],
    [`checkout/${path}`, '--timeout', '1h'],
  ])('refuses %j before it asks', async (...args) => {
    const { code, queries } = await asks(args);
    expect([code, queries]).toEqual([64, []]);
  });

  it('asks again where one answer would take too long to come, until its time is over', async () => {
    const late = { ...live, state: 'timeout' };
    const { code, queries } = await asks(['ops.one', '--timeout', '130'], [late]);
    expect([code, queries.map(({ timeout }) => timeout)]).toEqual([3, ['60', '60', '10']]);
    const soon = await asks(['ops.one', '--timeout', '130'], [late, live]);
    expect([soon.code, soon.queries.length]).toEqual([0, 2]);
    expect((await asks(['ops.one', '--timeout', '0'], [late])).queries).toHaveLength(1);
  });

  it('leaves with what became of it, and says so', async () => {
    const argument = `checkout/${path}`;
    expect(await asks([argument])).toMatchObject({
      ...{ code: 0, stdout: `ops.one is live, revision 3 (${'ab'.repeat(6)})\n` },
    });
    expect(await asks([argument, '--quiet'])).toMatchObject({ code: 0, stdout: '' });
    const bad = await asks([argument], [rejected]);
    expect(bad.code).toBe(1);
    // The frame is cut from the file as it lies here.
    expect(bad.stdout).toContain(`checkout/${path}:2:1`);
    expect(bad.stdout).toContain(text.split('\n')[1]);
    expect(bad.stdout).toMatch(/ops\.one is rejected: it is invalid, line 4: no such key\n$/);
    expect((await asks([argument], [{ ...live, state: 'timeout', reason: 'nobody leads' }])).stdout).toBe(
      'ops.one is not live yet: nobody leads\n',
    );
  });

  it('prints the data of the endpoint for programs', async () => {
    const { code, stdout } = await asks(['ops.one', '--format', 'json'], [rejected]);
    expect([code, JSON.parse(stdout)]).toEqual([1, rejected]);
  });
});
