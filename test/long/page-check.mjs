// The page at `/` in a real browser. Needs `npm run build` and Chromium. Usage: node test/long/page-check.mjs [--screenshot FILE]
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { screenshot: { type: 'string' } } });
const root = fileURLToPath(new URL('../../', import.meta.url));
const browser = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);
const dir = mkdtempSync(join(tmpdir(), 'pw-page-'));

async function check() {
  const daemon = spawn(
    process.execPath,
    ['dist/main.js', 'run', 'packs', '--state-dir', join(dir, 'state'), '--http', '127.0.0.1:0'],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let log = '';
  daemon.stderr.on('data', (data) => (log += data));
  try {
    for (let round = 0; !log.includes('packwatch is running') && round < 600; round += 1) await sleep(50);
    const url = /"url":"(http:[^"]+)"/.exec(log)?.[1];
    if (!url) throw new Error(`no daemon:\n${log}`);
    for (let round = 0; round < 600 && !(await fetch(`${url}/readyz`)).ok; round += 1) await sleep(50);
    const flags = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
    ];
    const more = [
      '--disable-component-update',
      '--disable-sync',
      `--user-data-dir=${join(dir, 'browser')}`,
      '--virtual-time-budget=3000',
    ];
    const see = (...what) =>
      spawnSync(browser, [...flags, ...more, ...what, `${url}/`], { encoding: 'utf8', timeout: 60_000 });
    const { stdout } = see('--dump-dom');
    for (const text of ['Packwatch', '/api/v1/workflows', '/metrics']) {
      if (!stdout.toLowerCase().includes(text.toLowerCase()))
        throw new Error(`the page does not say ${text}:\n${stdout}`);
    }
    const policy = (await fetch(`${url}/`)).headers.get('content-security-policy') ?? '';
    if (!policy.includes("default-src 'none'")) throw new Error(`the page's policy is too wide: ${policy}`);
    if (values.screenshot) see(`--screenshot=${values.screenshot}`, '--window-size=1000,700');
    console.log('page: ok');
  } finally {
    daemon.kill('SIGTERM');
    await new Promise((resolve) => daemon.on('exit', resolve));
    rmSync(dir, { recursive: true, force: true });
  }
}

if (browser) await check();
else {
  console.error('no browser: install chromium');
  process.exitCode = 1;
}
