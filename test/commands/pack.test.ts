// `pack install`, `pack remove` and `pack list` in this process, against a daemon that answers what it is told.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readArchive } from '../../src/archive/read-archive.ts';
import { pack } from '../support/fake-catalog.ts';
import {
  type FakeAnswer,
  type FakeDaemon,
  pageOf,
  refusal,
  startFakeDaemon,
} from '../support/fake-daemon.ts';
import { runHere, type Terminal } from '../support/run-program.ts';

const dir = mkdtempSync(join(tmpdir(), 'pw-pack-'));
const release = join(dir, 'release');
cpSync(new URL('../../packs/release', import.meta.url).pathname, release, { recursive: true });
const archive = join(dir, 'release.tar.gz');
execFileSync('tar', ['-czf', archive, 'release'], { cwd: dir });
const installed = { ...pack, ref: 'release', version: '2.0.0', workflow_count: 5, source: 'api' };

const ends: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const end of ends) await end();
  rmSync(dir, { recursive: true });
});

let answers: Record<string, FakeAnswer>;
let daemon: FakeDaemon;
beforeEach(async () => {
  answers = { 'POST /packs': { status: 201, body: { data: installed } } };
  daemon = await startFakeDaemon(
    (act) => void ends.push(act),
    ({ method, path }) => answers[`${method} ${path}`] ?? refusal(404, 'not_found', 'no such pack'),
  );
});

const run = (args: readonly string[], terminal: Terminal = {}) =>
  runHere(['pack', ...args, '--url', daemon.url], { cwd: dir, ...terminal });

const asked = (): string[] => daemon.asked.map(({ method, path }) => `${method} ${path}`);

describe('pack install', () => {
  it('sends a directory as an archive, and names what is left out', async () => {
    const ran = await run(['install', 'release']);
    expect([ran.code, ran.err]).toEqual([0, '']);
    expect(ran.out).toMatch(
      /^release 2\.0\.0 is installed: 5 workflows\nleft out, for a registry reads YAML alone: /,
    );
    expect(ran.out).toContain('README.md');
    expect(asked()).toEqual(['POST /packs']);
    const [request] = daemon.asked;
    expect(request?.headers['content-type']).toBe('application/gzip');
    const reading = await readArchive(request?.body as Uint8Array);
    const manifest = reading.ok ? reading.files.get('pack.yaml') : undefined;
    expect(Buffer.from(manifest ?? []).equals(readFileSync(join(release, 'pack.yaml')))).toBe(true);
  });

  it('sends an archive as it is, from a file or a pipe', async () => {
    const bytes = readFileSync(archive);
    expect((await run(['install', 'release.tar.gz'])).code).toBe(0);
    expect((await run(['install', '-'], { stdin: bytes })).code).toBe(0);
    expect(daemon.asked.map(({ body }) => Buffer.compare(body as Uint8Array, bytes))).toEqual([0, 0]);
  });

  it('prints the data of the endpoint for programs', async () => {
    const ran = await run(['install', 'release', '--format', 'json']);
    expect([ran.code, ran.err, ran.json()]).toEqual([0, '', installed]);
    expect((await run(['install', 'release', '--quiet'])).out).toBe('');
  });

  it('replaces what is there, and installs where nothing is', async () => {
    answers['PUT /packs/release'] = { body: { data: installed } };
    expect((await run(['install', 'release', '--replace'])).code).toBe(0);
    delete answers['PUT /packs/release'];
    expect((await run(['install', 'release', '--replace'])).code).toBe(0);
    expect(asked()).toEqual(['PUT /packs/release', 'PUT /packs/release', 'POST /packs']);
  });

  it('shows what is wrong where the caller wrote it', async () => {
    const [code, path, line, column] = ['RULE_X', 'release/workflows/canary.yaml', 2, 1];
    const finding = { code, severity: 'error', message: 'this is wrong', path, line, column };
    answers['POST /packs'] = refusal(422, 'invalid', '1 file is at fault', { diagnostics: [finding] });
    const text = readFileSync(join(release, 'workflows/canary.yaml'), 'utf8').split('\n')[1] ?? '?';
    for (const given of ['release', './release.tar.gz']) {
      const ran = await run(['install', given]);
      expect(ran.code).toBe(1);
      expect(ran.out).toBe('');
      expect(ran.err).toMatch(/^packwatch: 1 file is at fault\n\n/);
      expect(ran.err).toContain(`${given === 'release' ? 'release/' : ''}workflows/canary.yaml:2:1`);
      expect(ran.err).toContain(text);
    }
  });

  it('asks no daemon about what none would take', async () => {
    writeFileSync(join(dir, 'bad.tar.gz'), 'PK\x03\x04');
    const refused: [string, number, RegExp][] = [
      ['bad.tar.gz', 1, /^packwatch: bad\.tar\.gz: the archive is no gzip/],
      ['.', 1, /^packwatch: \.: there is no pack\.yaml in it; give the directory of one pack/],
      ['none', 64, /^packwatch: none does not exist; give a tar\.gz/],
    ];
    for (const [given, code, message] of refused) {
      const ran = await run(['install', given]);
      expect([ran.code, ran.out]).toEqual([code, '']);
      expect(ran.err).toMatch(message);
    }
    const endless = { stdin: Buffer.alloc(64 * 1024 * 1024 + 1) };
    expect((await run(['install', '-'], endless)).err).toMatch('more than the 67108864 bytes');
    expect(asked()).toEqual([]);
  });

  it('tells a refusal that is about no file', async () => {
    const refusals: [FakeAnswer, string][] = [
      [refusal(409, 'owned_by_root', 'the pack belongs to root:x'), 'the pack belongs to root:x'],
      [refusal(422, 'invalid_archive', 'it is no archive'), 'it is no archive'],
      [
        refusal(409, 'exists', 'it is there; PUT replaces it'),
        'a pack of this ref is installed already; --replace',
      ],
    ];
    for (const [answer, message] of refusals) {
      answers['POST /packs'] = answer;
      const ran = await run(['install', 'release']);
      expect([ran.code, ran.out]).toEqual([1, '']);
      expect(ran.err).toMatch(`packwatch: ${message}`);
    }
  });
});

describe('pack remove', () => {
  it('says that it is done', async () => {
    answers['DELETE /packs/release'] = { status: 204, body: '' };
    expect(await run(['remove', 'release'])).toMatchObject({ code: 0, err: '' });
    expect((await run(['remove', 'release', '--format', 'json'])).json()).toEqual({ removed: 'release' });
    expect((await run(['remove', 'other'])).code).toBe(1);
  });

  it.each(['..', '.', '../workflows/a.b', 'a.b', '', '%2e%2e', 'a/b', 'x'.repeat(65)])(
    'asks for no %j',
    async (ref) => {
      expect((await run(['remove', ref])).code).toBe(64);
      expect(asked()).toEqual([]);
    },
  );
});

describe('pack list', () => {
  it('lists the packs of the API on a terminal of any width', async () => {
    answers['GET /packs?source=api&page=1&page_size=100'] = pageOf([installed], { path: '' } as never);
    for (const columns of [undefined, 40, 80]) {
      const ran = await run(['list'], columns === undefined ? {} : { columns });
      expect(ran.code).toBe(0);
      expect(ran.out).toContain('release');
    }
    expect((await run(['list', '--quiet'])).out).toBe('release\n');
    expect((await run(['list', '--format', 'json'])).json()).toEqual([installed]);
  });
});
