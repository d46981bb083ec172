// `config`: what is in force and where it comes from, and no secret, whatever is given.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { settings } from '../../src/config.ts';
import { runInProcess } from '../support/run-in-process.ts';

const place = mkdtempSync(join(tmpdir(), 'pw-config-'));
afterAll(() => rmSync(place, { recursive: true }));

const secret = 'canary-of-more-than-thirty-two-characters';
const run = (args: readonly string[], env = {}) => runInProcess(place, ['config', ...args], { env });
const documentOf = async (args: readonly string[], env = {}) => {
  const { stdout } = await run(['--format', 'json', ...args], env);
  const { settings: shown, ...rest } = JSON.parse(stdout);
  const rows: Record<string, unknown> = {};
  for (const { variable, ...row } of shown) rows[variable] = row;
  return { rows, ...rest };
};
const file = (name: string, text: string) => {
  writeFileSync(join(place, name), text, { mode: 0o600 });
  return join(place, name);
};

describe('config', () => {
  it('lists every setting once, all of them defaults when nothing is given', async () => {
    const { rows, tokens, problems, warnings } = await documentOf([]);
    expect(Object.keys(rows)).toEqual(settings.map(({ variable }) => variable));
    expect({ tokens, problems, warnings }).toEqual({ tokens: null, problems: [], warnings: [] });
    expect(rows['PACKWATCH_RESCAN_S']).toEqual({
      ...{ flag: '--rescan-s', value: 30, origin: 'default', from: null },
    });
    expect(rows['PACKWATCH_ROOTS']).toMatchObject({ value: [`packs=${place}/packs`], origin: 'default' });
    expect(rows['PACKWATCH_HTTP']).toMatchObject({ value: '127.0.0.1:7410' });
    expect(rows['PACKWATCH_PRUNE_MAX']).toMatchObject({ value: '20%' });
    expect(rows['DATABASE_URL']).toMatchObject({ value: 'embedded' });
    expect(rows['PACKWATCH_STRICT']).toMatchObject({ value: false });
  });

  it('tells flag, argument, environment, file and the service manager apart', async () => {
    const { rows } = await documentOf(['x=/srv/packs', '--settle-ms', '7', '--http', '[::1]:80'], {
      PACKWATCH_SETTLE_MS: '8',
      PACKWATCH_RESCAN_S: '9',
      PACKWATCH_DATABASE_URL_FILE: file('url', 'postgres://u:p@h/db\n'),
      STATE_DIRECTORY: '/var/lib/packwatch',
    });
    expect(rows).toMatchObject({
      PACKWATCH_ROOTS: { value: ['x=/srv/packs'], origin: 'flag', from: 'ROOT' },
      PACKWATCH_SETTLE_MS: { value: 7, origin: 'flag', from: '--settle-ms' },
      PACKWATCH_HTTP: { value: '[::1]:80', origin: 'flag' },
      PACKWATCH_RESCAN_S: { value: 9, origin: 'environment', from: 'PACKWATCH_RESCAN_S' },
      DATABASE_URL: { value: 'postgres://u:***@h/db', origin: 'file', from: join(place, 'url') },
      PACKWATCH_STATE_DIR: { value: '/var/lib/packwatch', origin: 'environment', from: 'STATE_DIRECTORY' },
      PACKWATCH_WATCH: { value: 'auto', origin: 'default', from: null },
    });
  });

  it.each([['text'], ['json']])('shows names and roles of tokens and no secret as %s', async (format) => {
    const env = {
      DATABASE_URL: `postgres://u:${secret}@h/db?password=${secret}&sslmode=require`,
      PACKWATCH_TOKEN: secret,
      PACKWATCH_URL: `http://h/?token=${secret}`,
      PACKWATCH_TOKEN_FILE: file('tokens', `ops:write:${secret}\nci:read:${secret}2\n`),
      PACKWATCH_TOKN: secret,
    };
    const { code, stdout, stderr } = await run(['--format', format], env);
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain('canary');
    expect(stdout).toContain('postgres://u:***@h/db?sslmode=require');
    expect(stdout).toContain(
      format === 'json' ? '{"name":"ops","role":"write"}' : 'tokens: ops (write), ci (read)',
    );
    expect(stderr).toContain('"PACKWATCH_TOKN" is not a setting; the nearest name is PACKWATCH_TOKEN');
  });

  it('exits 78 with all problems at once, as lines and in the document', async () => {
    const env = { DATABASE_URL: secret, PACKWATCH_RESCAN_S: '0', PACKWATCH_TOKEN_FILE: 'nowhere' };
    const refused = await run(['--format', 'json', '--watch', 'never'], env);
    expect(refused.code).toBe(78);
    const { settings: shown, problems } = JSON.parse(refused.stdout);
    expect(shown).toEqual([]);
    expect(problems.map(({ variable }: { variable: string }) => variable)).toEqual([
      ...['DATABASE_URL', 'PACKWATCH_RESCAN_S', 'PACKWATCH_WATCH', 'PACKWATCH_TOKEN_FILE'],
    ]);
    expect(refused.stderr.trimEnd().split('\n')).toHaveLength(4);
    expect(refused.stdout + refused.stderr).not.toContain('canary');
  });

  it('leaves with --quiet what is not the default', async () => {
    const { stdout } = await run(['--quiet', '--rescan-s', '5']);
    expect(stdout).toMatch(/^SETTING +VALUE +FROM\nPACKWATCH_RESCAN_S +5 +flag --rescan-s\n$/);
  });

  it('escapes what would move the cursor of a terminal', async () => {
    const { stdout } = await run(['--state-dir', 'a\u001b[2Jb\nc']);
    expect(stdout).not.toContain('\u001b');
    expect(stdout.split('\n')).toHaveLength(settings.length + 2);
  });
});
