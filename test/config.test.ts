import { describe, expect, it } from 'vitest';
import { redactDatabaseUrl } from '../src/config/database-url.ts';
import { type ConfigInput, readConfig, settings } from '../src/config.ts';

const secret = 'a-secret-of-more-than-thirty-two-chars';

function read(input: Partial<ConfigInput> = {}) {
  return readConfig({
    flags: {},
    roots: [],
    env: {},
    cwd: '/work',
    cores: 4,
    readFile: () => {
      throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    },
    inspectFile: () => ({ isRegular: true, isOurs: true, mode: 0o600 }),
    ...input,
  });
}

const readEnv = (env: ConfigInput['env']) => read({ env });
const variables = (result: ReturnType<typeof read>) => result.problems.map(({ variable }) => variable);

describe('readConfig', () => {
  it('gives every default of the contract', () => {
    const { config, problems, warnings } = read();
    expect([problems, warnings]).toEqual([[], []]);
    expect(config).toMatchObject({
      databaseUrl: undefined,
      schema: 'packwatch',
      roots: [{ source: 'root:packs', path: '/work/packs' }],
      stateDir: '/work/.packwatch',
      http: { host: '127.0.0.1', port: 7410 },
      allowedHosts: ['127.0.0.1', 'localhost'],
      tokens: undefined,
      url: 'http://127.0.0.1:7410',
      settleMs: 50,
      settleMaxMs: 1000,
      rescanS: 30,
      watch: 'auto',
      maxFileBytes: 1_048_576,
      cacheBytes: 67_108_864,
      concurrency: 4,
      pruneMaxPercent: 20,
      retainDays: 30,
      keepRevisions: 1000,
      drift: 'heal',
      logLevel: 'info',
      strict: false,
    });
    expect(new Set(Object.values(config?.origins ?? {}))).toEqual(new Set(['default']));
  });

  it('lists each setting with the flag that its variable gives', () => {
    const flags = new Map(settings.map(({ variable, flag }) => [variable, flag]));
    expect(flags.get('PACKWATCH_SETTLE_MAX_MS')).toBe('--settle-max-ms');
    expect(flags.get('DATABASE_URL')).toBe('--database-url');
    expect(new Set(flags.values()).size).toBe(25);
  });

  it('lets a flag beat the environment, and the environment the default, and says which it was', () => {
    const env = { PACKWATCH_RESCAN_S: '7', PACKWATCH_SETTLE_MS: '9' };
    const { config } = read({ env, flags: { 'settle-ms': '11', strict: true } });
    expect(config).toMatchObject({ settleMs: 11, rescanS: 7, strict: true });
    expect(config?.origins).toMatchObject({
      settleMs: 'flag',
      rescanS: 'env',
      watch: 'default',
      strict: 'flag',
    });
  });

  it('takes an empty variable as not set, an empty flag as a bad value', () => {
    expect(readEnv({ PACKWATCH_SETTLE_MS: '', DATABASE_URL: '' }).problems).toEqual([]);
    expect(variables(read({ flags: { 'settle-ms': '' } }))).toEqual(['PACKWATCH_SETTLE_MS']);
  });

  it.each([
    ['PACKWATCH_SETTLE_MS', '4'],
    ['PACKWATCH_SETTLE_MS', '10001'],
    ['PACKWATCH_SETTLE_MS', '5e1'],
    ['PACKWATCH_SETTLE_MS', ' 50'],
    ['PACKWATCH_SETTLE_MAX_MS', '-1'],
    ['PACKWATCH_RESCAN_S', '0'],
    ['PACKWATCH_RESCAN_S', '3601'],
    ['PACKWATCH_WATCH', 'Auto'],
    ['PACKWATCH_MAX_FILE_BYTES', '1MB'],
    ['PACKWATCH_CACHE_BYTES', '0'],
    ['PACKWATCH_CONCURRENCY', '0'],
    ['PACKWATCH_PRUNE_MAX', '20'],
    ['PACKWATCH_PRUNE_MAX', '101%'],
    ['PACKWATCH_PRUNE_MAX', '-1%'],
    ['PACKWATCH_RETAIN_DAYS', '1.5'],
    ['PACKWATCH_KEEP_REVISIONS', 'all'],
    ['PACKWATCH_DRIFT', 'fix'],
    ['PACKWATCH_LOG_LEVEL', 'loud'],
    ['PACKWATCH_STRICT', 'maybe'],
    ['PACKWATCH_SCHEMA', 'Pack-Watch'],
    ['PACKWATCH_SCHEMA', 'pg_packs'],
    ['PACKWATCH_HTTP', '7410'],
    ['PACKWATCH_HTTP', ':7410'],
    ['PACKWATCH_HTTP', '127.0.0.1:70000'],
    ['PACKWATCH_HTTP', '[127.0.0.1]:7410'],
    ['PACKWATCH_ALLOWED_HOSTS', 'a b'],
    ['PACKWATCH_URL', 'ftp://x'],
    ['PACKWATCH_ROOTS', 'a::b'],
  ])('refuses %s=%s, naming variable, expectation and value', (variable, value) => {
    const result = readEnv({ [variable]: value });
    expect(result.config).toBeUndefined();
    expect(result.problems).toHaveLength(1);
    const [problem] = result.problems;
    expect(problem?.variable).toBe(variable);
    expect(problem?.message).toContain(`${variable} (--`);
    expect(problem?.message).toMatch(/expected .+; (got ".*"|what was given is not shown)$/);
  });

  it.each([
    ['0', 0],
    ['0%', 0],
    ['20%', 20],
    ['12.5%', 12.5],
    ['100%', 100],
  ])('reads PRUNE_MAX %s', (text, percent) => {
    expect(readEnv({ PACKWATCH_PRUNE_MAX: text }).config?.pruneMaxPercent).toBe(percent);
  });

  it('reports all problems at once', () => {
    const result = read({
      env: { PACKWATCH_SETTLE_MS: 'x', PACKWATCH_WATCH: 'y', DATABASE_URL: 'nope' },
      flags: { 'rescan-s': '0' },
      roots: ['a', 'b/a', 'a/c'],
    });
    expect(variables(result)).toEqual([
      'DATABASE_URL',
      'PACKWATCH_ROOTS',
      'PACKWATCH_ROOTS',
      'PACKWATCH_SETTLE_MS',
      'PACKWATCH_RESCAN_S',
      'PACKWATCH_WATCH',
    ]);
  });

  it('refuses a longest wait below the quiet time, but raises its default', () => {
    expect(variables(readEnv({ PACKWATCH_SETTLE_MS: '200', PACKWATCH_SETTLE_MAX_MS: '100' }))).toEqual([
      'PACKWATCH_SETTLE_MAX_MS',
    ]);
    expect(readEnv({ PACKWATCH_SETTLE_MS: '2000' }).config?.settleMaxMs).toBe(2000);
  });

  it('warns about an unknown name with the nearest one, and repeats no value', () => {
    const { config, warnings } = readEnv({ PACKWATCH_SETLE_MS: secret, HOME: '/x' });
    expect(config).toBeDefined();
    expect(warnings).toEqual([
      '"PACKWATCH_SETLE_MS" is not a setting; the nearest name is PACKWATCH_SETTLE_MS',
    ]);
  });

  it('takes the first state directory that a service manager names', () => {
    expect(readEnv({ STATE_DIRECTORY: '/var/lib/a:/var/lib/b' }).config?.stateDir).toBe('/var/lib/a');
    expect(readEnv({ STATE_DIRECTORY: '/a', PACKWATCH_STATE_DIR: 'b' }).config?.stateDir).toBe('/work/b');
  });
});

describe('roots', () => {
  const sources = (entries: string[]) =>
    read({ roots: entries }).config?.roots.map(({ source, path }) => `${source} ${path}`);

  it('splits the variable at colons and an argument at the first equals sign', () => {
    expect(readEnv({ PACKWATCH_ROOTS: 'a:b=/srv/x' }).config?.roots).toEqual([
      { source: 'root:a', path: '/work/a' },
      { source: 'root:b', path: '/srv/x' },
    ]);
    expect(sources(['x=/srv/a:b=c'])).toEqual(['root:x /srv/a:b=c']);
  });

  it('derives the name from the last path part', () => {
    expect(sources(['/srv/My Packs.v2/'])).toEqual(['root:my-packs-v2 /srv/My Packs.v2']);
    expect(sources(['.'])).toEqual(['root:work /work']);
    expect(sources(['/srv/.packs'])).toEqual(['root:packs /srv/.packs']);
  });

  it.each([
    ['the same name twice', ['/a/packs', '/b/packs']],
    ['one inside another', ['/a', 'x=/a/b']],
    ['one at another', ['x=/a', 'y=/a/']],
    ['everything inside the file system root', ['all=/', '/a']],
    ['no name to derive', ['/']],
    ['a bad name', ['Up=/a']],
    ['an empty path', ['x=']],
  ])('refuses %s', (_, entries) => {
    const result = read({ roots: entries });
    expect(variables(result)).toEqual(['PACKWATCH_ROOTS']);
    expect(result.config).toBeUndefined();
  });

  it('does not take a common beginning for nesting', () => {
    expect(sources(['/a/packs', '/a/packs-2'])).toHaveLength(2);
  });

  it('lets arguments beat flag and variable', () => {
    const { config } = read({ roots: ['a'], env: { PACKWATCH_ROOTS: '::' }, flags: { roots: 'b' } });
    expect(config?.roots).toEqual([{ source: 'root:a', path: '/work/a' }]);
    expect(config?.origins.roots).toBe('flag');
  });
});

describe('the listener', () => {
  it.each([
    ['127.0.0.1:0', '127.0.0.1', 0],
    ['127.1.2.3:80', '127.1.2.3', 80],
    ['[::1]:7410', '::1', 7410],
    ['[0:0:0:0:0:0:0:1]:1', '0:0:0:0:0:0:0:1', 1],
    ['localhost:7410', 'localhost', 7410],
  ])('starts on the loopback address %s without tokens', (text, host, port) => {
    expect(readEnv({ PACKWATCH_HTTP: text }).config?.http).toEqual({ host, port });
  });

  it.each(['0.0.0.0:7410', '[::]:7410', '128.0.0.1:1', '127.0.0.1.example:80', 'localhost.example:80'])(
    'refuses %s without a token file',
    (text) => {
      expect(variables(readEnv({ PACKWATCH_HTTP: text }))).toEqual(['PACKWATCH_HTTP']);
    },
  );

  it('starts anywhere with a token file, and keeps no secret', () => {
    const env = { PACKWATCH_HTTP: '0.0.0.0:7410', PACKWATCH_TOKEN_FILE: 'tokens' };
    const text = `# tokens\n\nci:read:${secret}\nops:write:${secret}:2\n`;
    const { config } = read({ env, readFile: (path) => (path === '/work/tokens' ? text : '') });
    expect(config?.tokens?.map(({ name, role }) => [name, role])).toEqual([
      ['ci', 'read'],
      ['ops', 'write'],
    ]);
    expect(JSON.stringify(config)).not.toContain(secret);
  });

  it.each([
    ['a short token', 'ci:read:short'],
    ['an unknown role', `ci:admin:${secret}`],
    ['a name given twice', `ci:read:${secret}\nci:write:${secret}`],
    ['no token at all', '# none\n'],
    ['no form at all', secret],
  ])('refuses a token file with %s, repeating nothing of it', (_, text) => {
    const result = read({ env: { PACKWATCH_TOKEN_FILE: 't' }, readFile: () => text });
    expect(variables(result)).toEqual(['PACKWATCH_TOKEN_FILE']);
    expect(JSON.stringify(result.problems)).not.toMatch(/short|a-secret/);
  });

  it.each([
    ['its owner alone', 0o600, {}, undefined],
    ['its owner, who may not change it', 0o400, {}, undefined],
    ['everybody', 0o644, {}, '0644'],
    ['its group', 0o640, {}, '0640'],
    ['a group that may only write', 0o620, {}, '0620'],
    ['everybody, but it is of another user', 0o444, { isOurs: false }, undefined],
    ['everybody, but it is a pipe', 0o644, { isRegular: false }, undefined],
  ])('weighs a token file that is open to %s', (_, mode, facts, told) => {
    const [problem] = read({
      env: { PACKWATCH_TOKEN_FILE: 't' },
      readFile: () => `ci:read:${secret}`,
      inspectFile: () => ({ isRegular: true, isOurs: true, mode, ...facts }),
    }).problems;
    if (told === undefined) expect(problem).toBeUndefined();
    else {
      expect(problem?.variable).toBe('PACKWATCH_TOKEN_FILE');
      expect(problem?.message).toContain(`its mode is ${told}: chmod 600 /work/t`);
    }
  });

  it.each([
    [0o600, 0],
    [0o444, 0],
    [0o644, 0],
    [0o664, 1],
    [0o646, 1],
    [0o666, 1],
  ])('takes a token file of another user with mode %o: %i problems', (mode, count) => {
    const { problems } = read({
      env: { PACKWATCH_TOKEN_FILE: 't' },
      readFile: () => `ci:read:${secret}`,
      inspectFile: () => ({ isRegular: true, isOurs: false, mode }),
    });
    expect(problems).toHaveLength(count);
    if (count > 0) expect(problems[0]?.message).toContain('chmod go-w /work/t');
  });

  it.each([
    ['/run/creds/tokens', 0o440, 0],
    ['/run/creds/tokens', 0o444, 1],
    ['/run/creds/tokens', 0o460, 1],
    ['/run/credsx/tokens', 0o440, 1],
    ['/run/tokens', 0o440, 1],
    ['/run/creds', 0o440, 1],
  ])('lets a credential of systemd be read by a group (%s, %o)', (path, mode, problems) => {
    const result = read({
      env: { PACKWATCH_TOKEN_FILE: path, CREDENTIALS_DIRECTORY: '/run/creds' },
      readFile: () => `ci:read:${secret}`,
      inspectFile: () => ({ isRegular: true, isOurs: true, mode }),
    });
    expect(result.problems).toHaveLength(problems);
  });

  it('names the code of a token file that cannot be read', () => {
    const [problem] = readEnv({ PACKWATCH_TOKEN_FILE: 't' }).problems;
    expect(problem).toMatchObject({ variable: 'PACKWATCH_TOKEN_FILE', value: '/work/t' });
    expect(problem?.expected).toContain('ENOENT');
  });

  it('is off when told so', () => {
    const { config } = readEnv({ PACKWATCH_HTTP: 'off' });
    expect(config).toMatchObject({ http: undefined, allowedHosts: ['localhost'] });
  });
});

describe('the database URL', () => {
  it.each([
    ['postgres://h/db', 'postgres://h/db'],
    [
      'postgresql://u:p@h1:5432,[::1]:5433/db?sslmode=require',
      'postgresql://u:***@h1:5432,[::1]:5433/db?sslmode=require',
    ],
    ['postgres://u:a:b@h/db', 'postgres://u:***@h/db'],
    ['postgres://u@/db?host=/run/pg&password=hunter2&options=x', 'postgres://u@/db?host=/run/pg'],
    ['postgres://h/db?sslpassword=hunter2', 'postgres://h/db'],
  ])('shows %s without a secret', (url, shown) => {
    expect(redactDatabaseUrl(url)).toBe(shown);
    expect(readEnv({ DATABASE_URL: url }).config?.databaseUrl).toBe(url);
  });

  it.each([
    'hunter2',
    'mysql://u:hunter2@h/db',
    'postgres://u:hunter2#x@h/db',
    'postgres://u:hunter2/x@h/db',
    'postgres://u:12/hunter2@h/db',
    'postgres://u:12?hunter2@h/db',
    'postgres://u:a@hunter2@h/db',
    'postgres://u:p@h:hunter2/db',
  ])('refuses %s and repeats nothing of it', (url) => {
    const result = readEnv({ DATABASE_URL: url });
    expect(result.problems).toMatchObject([{ variable: 'DATABASE_URL', value: undefined }]);
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  it('never repeats the client token or a URL with a password in it', () => {
    const result = readEnv({ PACKWATCH_TOKEN: 'hun ter2', PACKWATCH_URL: 'http://u:hunter2@h' });
    expect(variables(result)).toEqual(['PACKWATCH_URL', 'PACKWATCH_TOKEN']);
    expect(JSON.stringify(result)).not.toMatch(/ter2/);
  });

  it('is read from a file, which a flag beside it beats', () => {
    const env = { PACKWATCH_DATABASE_URL_FILE: '/run/url' };
    const readFile = () => 'postgres://u:p@h/db\n';
    const { config } = read({ env, readFile });
    expect(config).toMatchObject({ databaseUrl: 'postgres://u:p@h/db', origins: { databaseUrl: 'file' } });
    const flags = { 'database-url': 'postgres://flag/db' };
    expect(read({ env, readFile, flags }).config?.databaseUrl).toBe('postgres://flag/db');
  });

  it('has a replica beside it, from a file too, and never alone', () => {
    const url = 'postgres://h/db';
    const replica = 'postgres://u:hunter2@r/db';
    const given = readEnv({ DATABASE_URL: url, PACKWATCH_READ_URL: replica });
    expect(given.config).toMatchObject({ readUrl: replica });
    const env = { DATABASE_URL: url, PACKWATCH_READ_URL_FILE: '/run/replica' };
    expect(read({ env, readFile: () => replica }).config).toMatchObject({
      ...{ databaseUrl: url, readUrl: replica, origins: { readUrl: 'file' } },
    });
    const both = readEnv({ ...env, PACKWATCH_READ_URL: replica });
    expect(variables(both)).toEqual(['PACKWATCH_READ_URL_FILE']);
    const alone = readEnv({ PACKWATCH_READ_URL: replica });
    expect(variables(alone)).toEqual(['PACKWATCH_READ_URL']);
    expect(JSON.stringify([both.problems, alone])).not.toContain('hunter2');
  });

  it('refuses URL and file from the same place, and a file without a URL', () => {
    const env = { PACKWATCH_DATABASE_URL_FILE: '/run/url' };
    const both = { ...env, DATABASE_URL: 'postgres://h/db' };
    expect(variables(readEnv(both))).toEqual(['PACKWATCH_DATABASE_URL_FILE']);
    const result = read({ env, readFile: () => 'hunter2' });
    expect(variables(result)).toEqual(['PACKWATCH_DATABASE_URL_FILE']);
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });
});
