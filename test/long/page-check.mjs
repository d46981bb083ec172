// The pages `/` and `/docs` in a real browser: shown as they are meant, and nothing loaded or run, whatever authors write.
// Needs `npm run build` and Chromium. Usage: node test/long/page-check.mjs [--screenshots DIR]
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createPlace, project, startDaemon, startServer, until } from './harness.mjs';

const { values } = parseArgs({ options: { screenshots: { type: 'string' } } });
const browser = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);
const place = createPlace('page');

/** A label that tries to be more than one, and a file that is refused for a name that tries the same. */
const hostile = `label: "</title><script>document.title='run'</script><img src=x onerror=document.title='run'>\\u202Egnp"
version: 1.0.0
tasks:
  - name: only
    action: core.noop
`;
const refused = `version: 1.0.0
tasks:
  - name: only
    action: core.noop
    next:
      - do: ["<script>document.title='run'</script>"]
`;

const flags = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--hide-scrollbars'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  ...[
    `--user-data-dir=${join(place.base, 'browser')}`,
    '--virtual-time-budget=3000',
    '--enable-logging=stderr',
  ],
];
const see = (url, ...what) =>
  spawnSync(browser, [...flags, ...what, url], { encoding: 'utf8', timeout: 60_000, maxBuffer: 2 ** 26 });

/** What is wrong with the page at `url`, in words. */
function findFaults(url, expected) {
  const { stdout, stderr } = see(url, '--dump-dom');
  const missing = expected.filter((text) => !stdout.includes(text)).map((text) => `it does not say ${text}`);
  const said = stderr.split('\n').filter((line) => /CONSOLE|Refused to|Content Security Policy/.test(line));
  const title = /<title>([^<]*)/.exec(stdout)?.[1];
  return [
    ...missing,
    ...said.map((line) => `the browser says ${line}`),
    ...(title?.startsWith('Packwatch') ? [] : [`its title is ${title}`]),
    ...(/<(script|img|iframe|link)\b/.test(stdout) ? ['it holds an element that loads or runs'] : []),
  ].map((fault) => `${url}: ${fault}`);
}

async function check() {
  cpSync(join(project, 'packs'), place.root, { recursive: true });
  place.save('odd/pack.yaml', 'ref: odd\nlabel: Odd\nversion: 1.0.0\n');
  place.save('odd/workflows/hostile.yaml', hostile);
  place.save('odd/workflows/refused.yaml', refused);
  const server = await startServer(join(place.base, 'server'));
  const daemon = startDaemon({
    root: place.root,
    url: server.url,
    args: ['--http', '127.0.0.1:0', '--log-level', 'info'],
  });
  try {
    const url = await until('the listener', () => /"url":"(http:[^"]+)"/.exec(daemon.stderr())?.[1], 30_000);
    await until('ready', async () => (await fetch(`${url}/readyz`)).ok, 30_000, 50);
    const pages = [
      [`${url}/`, ['Ready', 'odd/workflows/refused.yaml', 'RULE_TARGET_UNKNOWN', 'root:packs', 'healthy']],
      [`${url}/?q=odd.hostile`, ['1 workflow for', 'odd.hostile', '&lt;script&gt;', '[U+202E]gnp']],
      [`${url}/docs`, ['Packwatch API', 'id="listWorkflows"', 'id="schema-Workflow"', 'curl']],
    ];
    const faults = pages.flatMap(([page, expected]) => findFaults(page, expected));
    if (values.screenshots) takePictures(pages);
    if (faults.length > 0) throw new Error(faults.join('\n'));
    console.log(`pages: ${pages.length} ok, 0 elements that load or run, 0 complaints of the browser`);
  } finally {
    await daemon.stop();
    await server.stop();
    place.remove();
  }
}

/** Light and dark, wide and narrow. */
function takePictures(pages) {
  mkdirSync(values.screenshots, { recursive: true });
  for (const [at, [url]] of pages.entries()) {
    for (const width of [1280, 500]) {
      for (const scheme of [0, 1]) {
        const name = `page-${at}-${width}-${scheme === 0 ? 'dark' : 'light'}.png`;
        const more = [`--window-size=${width},1600`, `--blink-settings=preferredColorScheme=${scheme}`];
        see(url, ...more, `--screenshot=${join(values.screenshots, name)}`);
      }
    }
  }
}

if (browser) await check();
else {
  console.error('no browser: install chromium');
  process.exitCode = 1;
}
