// The log of a real daemon against docs/logs.md: every line is of a kind that the page has, with its keys; nothing is in it that may not be.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { LogLine } from '../support/daemon.ts';
import { packFiles, workflowText } from '../support/pack-text.ts';
import { createSite, hasEvents } from '../support/site.ts';
import { until } from '../support/wait.ts';

type Kind = { readonly fits: RegExp; readonly levels: readonly string[]; readonly keys: readonly string[] };

const always = ['level', 'msg', 'time'];

/** `REF registered` and the like: one of the words, whatever the ref. */
function kindOf(told: string, level: string, keys: string): Kind {
  const words = [...told.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
  const [first = '', ...others] = words;
  const patternOf = (text: string) =>
    text
      .replace(/[.*+?^$()|[\]\\{}]/g, '\\$&')
      .replaceAll('…', '[^]*')
      .replace(/^REF /, '[^]+ ')
      .replace(/^PATH:LINE:COLUMN CODE /, '[^]*:\\d+:\\d+ [A-Z]+_[A-Z_]+ ');
  const more = others.map((word) => patternOf(first.replace(/\S+$/, word)));
  return {
    fits: new RegExp(`^(?:${[patternOf(first), ...more].join('|')})$`),
    levels: level === 'any' ? ['info', 'warn'] : [level],
    keys: [...keys.matchAll(/`([^`]+)`/g)].map(([, key = '']) => key),
  };
}

const page = readFileSync(new URL('../../docs/logs.md', import.meta.url), 'utf8');
const kinds = [...page.matchAll(/^\| (`.*?) +\| (\w+) +\| (.*?) *\|$/gm)].map(
  ([, told = '', level = '', keys = '']) => kindOf(told, level, keys),
);

/** What is wrong with a line; nothing when it is one of the page. */
function faultOf(line: LogLine): string | undefined {
  const found = kinds.filter(({ fits }) => fits.test(line.msg));
  const [kind] = found;
  if (kind === undefined || found.length > 1) return `${found.length} kinds fit ${JSON.stringify(line)}`;
  if (!kind.levels.includes(line.level)) return `${line.level} is not the level of ${line.msg}`;
  const known = [...always, ...kind.keys.map((key) => key.replace('?', ''))];
  const strange = Object.keys(line).filter((key) => !known.includes(key));
  const missing = [...always, ...kind.keys.filter((key) => !key.endsWith('?'))].filter(
    (key) => !(key in line),
  );
  return strange.length + missing.length === 0
    ? undefined
    : `${line.msg}: strange ${strange.join()}, missing ${missing.join()}`;
}

/** Names that a file system takes, and that a terminal or a reader of lines would obey. */
const hostile = [
  'a\nb',
  '\u001b[2J\u001b]0;title\u0007',
  '"},{"level":"error"',
  'a\u009b31mb',
  '\u2028',
  "a'b;$(x)",
];
const canary = 'canary-of-a-definition';
/** Findings that quote what they found. */
const bad = `label: [1]\nversion: 1.0.0\nvars: ${canary}\n${canary}: 1\ntasks:\n  - name: ${canary}\n    action: ${canary}\n    retry: ${canary}\n    join: "${canary}"\n`;

it('is one document a line, of kinds and keys that the page has, quiet when nothing changes, and tells no definition', async ({
  onTestFinished,
}) => {
  expect(kinds.length).toBeGreaterThan(20);
  const site = await createSite(onTestFinished);
  await site.saveAll(packFiles('ops', { page: workflowText({ x: canary }) }));
  for (const name of hostile) await site.save(`ops/workflows/${name}.yaml`, workflowText({ x: canary }));
  const daemon = site.daemon(['--rescan-s', '1']);
  await daemon.ready();
  await daemon.logged(({ msg }) => msg === 'pass committed');
  await daemon.logged(({ msg }) => msg === 'the database tells when the registry changes');
  const told = daemon.log.filter(({ code }) => code !== undefined);
  expect(new Set(told.map(({ path }) => path))).toEqual(
    new Set(hostile.map((name) => `ops/workflows/${name}.yaml`)),
  );

  const quiet = daemon.log.length;
  const scans = await daemon.metric('packwatch_passes_total', 'cause="rescan"');
  await until(async () => (await daemon.metric('packwatch_passes_total', 'cause="rescan"')) > scans + 1, {
    what: 'two rescans',
  });
  expect(daemon.log.slice(quiet)).toEqual([]);

  await site.save('ops/workflows/page.yaml', workflowText({ x: 2 }));
  await daemon.logged(({ msg }) => msg === 'pass committed', { from: quiet });
  const [change, pass, ...more] = daemon.log.slice(quiet);
  expect(change).toMatchObject({
    verb: 'updated',
    ref: 'ops.page',
    pack: 'ops',
    revision: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(pass).toMatchObject({ cause: hasEvents ? 'watch' : 'rescan', changed: 1, parsed: 1 });
  expect(more).toEqual([]);

  await site.save('ops/workflows/page.yaml', bad);
  await site.save('ops/workflows/never.yaml', bad);
  await daemon.logged(({ verb }) => verb === 'degraded');
  await daemon.logged(({ verb, ref }) => verb === 'rejected' && ref === 'ops.never');
  await site.save('ops/workflows/page.yaml', workflowText({ x: 3 }));
  await daemon.logged(({ verb }) => verb === 'recovered');
  const post = { method: 'POST' };
  await fetch(`${await daemon.url()}/api/v1/workflows/ops.page/disable`, post);
  await fetch(`${await daemon.url()}/api/v1/workflows/ops.none/disable`, post);
  await site.remove('ops/workflows/page.yaml');
  await daemon.logged(({ verb }) => verb === 'retired');
  daemon.kill('SIGHUP');
  daemon.kill('SIGUSR2');
  await daemon.logged(({ msg }) => msg.startsWith('the level of the log'));
  daemon.kill('SIGUSR2');
  await daemon.stop();

  const lines = daemon.log.filter(({ level }) => level !== 'debug');
  expect(lines.map(faultOf).filter((fault) => fault !== undefined)).toEqual([]);
  expect(lines.filter(({ code }) => code === 'SCHEMA_TYPE').length).toBeGreaterThan(1);
  expect(JSON.stringify(daemon.log)).not.toContain(canary);
});

it('has no other messages in the source than the page has', () => {
  const src = new URL('../../src/', import.meta.url);
  const daemon = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /^(?:daemon|http|watch)\/.*\.ts$|^daemon\.ts$|^commands\/run\.ts$/.test(path),
  );
  const told = daemon.flatMap((path) =>
    // The message is the last argument; one that is put together is held by the test above.
    [
      ...readFileSync(new URL(path, src), 'utf8').matchAll(
        /\blogger\.(?:info|warn|error)\(([^;]*?)'([^']+)',?\s*\);/g,
      ),
    ].map(([, , message = '']) => message),
  );
  expect(told.length).toBeGreaterThan(25);
  expect(told.filter((message) => !kinds.some(({ fits }) => fits.test(message)))).toEqual([]);
});

it('is text for people in dev', async ({ onTestFinished }) => {
  const site = await createSite(onTestFinished);
  await site.saveAll(packFiles('ops', { page: workflowText() }));
  const daemon = site.daemon(['--log-level', 'info'], { command: 'dev' });
  await daemon.logged(
    ({ level, msg }) => level === 'text' && msg.includes('INFO') && msg.includes('pass committed'),
  );
  await daemon.stop();
  expect(daemon.log.filter(({ level }) => level !== 'text')).toEqual([]);
  expect(daemon.stdout()).toContain('ops');
});
