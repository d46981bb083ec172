// A new pack in the YAML language server that editors use: no finding in the pack as written, one for each mistake, and the
// keys that belong at a place offered there. Needs `npm run build` and an installed yaml-language-server, which is no
// dependency. Usage: node test/long/editor-check.mjs --server DIRECTORY_OF_THE_PACKAGE [--verbose]
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { server: { type: 'string' }, verbose: { type: 'boolean' } } });
if (values.server === undefined) {
  console.error('--server names the directory of an installed yaml-language-server');
  process.exit(64);
}
const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'pw-editor-'));
const pack = join(dir, 'packs/ops');
const uriOf = (path) => pathToFileURL(join(pack, path)).href;
const failures = [];
let checks = 0;

function hold(what, isHeld, seen) {
  checks += 1;
  if (!isHeld) failures.push(what);
  if (!isHeld || values.verbose) console.log(`${isHeld ? 'ok' : 'NOT'}  ${what}: ${JSON.stringify(seen)}`);
}

/** The least of the protocol: requests, notifications, answers to what the server asks. */
function connect(settings) {
  const server = spawn(process.execPath, [join(values.server, 'bin/yaml-language-server'), '--stdio'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const waiting = new Map();
  const found = new Map();
  let buffer = Buffer.alloc(0);
  let count = 0;
  const send = (message) => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  const take = ({ id, method, params, result }) => {
    if (method === undefined) waiting.get(id)?.(result);
    else if (method === 'textDocument/publishDiagnostics') found.set(`${params.uri}`, params.diagnostics);
    else if (method === 'workspace/configuration')
      send({ id, result: params.items.map(({ section }) => (section === 'yaml' ? settings : {})) });
    else if (id !== undefined) send({ id, result: null });
  };
  server.stdout.on('data', (data) => {
    buffer = Buffer.concat([buffer, data]);
    for (;;) {
      const end = buffer.indexOf('\r\n\r\n');
      const length = Number(
        /Content-Length: (\d+)/.exec(buffer.subarray(0, Math.max(0, end)).toString())?.[1],
      );
      if (end < 0 || buffer.length < end + 4 + length) return;
      const body = buffer.subarray(end + 4, end + 4 + length).toString();
      buffer = buffer.subarray(end + 4 + length);
      take(JSON.parse(body));
    }
  });
  const request = (method, params) =>
    Promise.race([
      new Promise((resolve) => {
        count += 1;
        waiting.set(count, resolve);
        send({ id: count, method, params });
      }),
      sleep(20_000, undefined, { ref: false }).then(() => {
        throw new Error(`no answer to ${method} within 20 s`);
      }),
    ]);
  return { request, notify: (method, params) => send({ method, params }), found, end: () => server.kill() };
}

/** Each text is a document of its own version; resolves with what the server finds in it. */
function createEditor(client) {
  let version = 0;
  const opened = new Set();
  return async (path, text) => {
    const uri = uriOf(path);
    version += 1;
    client.found.delete(uri);
    if (opened.has(uri))
      client.notify('textDocument/didChange', { textDocument: { uri, version }, contentChanges: [{ text }] });
    else client.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version, text } });
    opened.add(uri);
    for (let round = 0; !client.found.has(uri) && round < 400; round += 1) await sleep(25);
    if (!client.found.has(uri)) throw new Error(`the server says nothing of ${path} within 10 s`);
    return client.found.get(uri).map(({ range, message }) => `${range.start.line + 1}: ${message}`);
  };
}

/** Labels offered at the `§` in the text. */
async function offered(client, put, path, marked) {
  const before = marked.slice(0, marked.indexOf('§'));
  await put(path, marked.replace('§', ''));
  const position = {
    line: before.split('\n').length - 1,
    character: before.length - before.lastIndexOf('\n') - 1,
  };
  const answer = await client.request('textDocument/completion', {
    textDocument: { uri: uriOf(path) },
    position,
  });
  return (answer.items ?? answer).map(({ label }) => label);
}

const workflow = 'workflows/check_sites.yaml';
const mistakes = [
  [workflow, 'concurrency: 4', 'concurency: 4', /concurency is not allowed/],
  [workflow, 'timeout: 120', 'timeout: "120"', /Incorrect type/],
  [workflow, 'count: 3', 'count: 0', /minimum of 1/],
  [workflow, 'backoff: exponential', 'backoff: expo', /not accepted/],
  [workflow, 'version: 1.0.0', 'version: 1.0', /Incorrect type/],
  [workflow, 'answered: { type: integer }', 'answered: integer', /Incorrect type/],
  ['actions/workflows/check_site.workflow.yaml', '\ntasks:', '\ntusks:', /Missing property "tasks"/],
  ['actions/probe.yaml', 'output_format: json', 'output_format: xml', /not accepted/],
  ['pack.yaml', 'version: 0.1.0', 'version: "0.1"', /MAJOR\.MINOR\.PATCH/],
];

/** `bySettings`: as in an editor that reads .vscode/settings.json, the first line of each file taken away. */
async function look(bySettings) {
  const read = (path) => readFileSync(join(pack, path), 'utf8');
  const open = (path) => (bySettings ? read(path).replace(/^# yaml-language-server.*\n/, '') : read(path));
  const associations = JSON.parse(read('.vscode/settings.json'))['yaml.schemas'];
  const client = connect({
    ...{ validate: true, completion: true, hover: true, schemaStore: { enable: false } },
    schemas: bySettings ? associations : {},
  });
  const way = bySettings ? 'settings' : 'first line';
  try {
    const folder = pathToFileURL(bySettings ? pack : dir).href;
    await client.request('initialize', {
      ...{ processId: process.pid, rootUri: folder, workspaceFolders: [{ uri: folder, name: 'w' }] },
      capabilities: { workspace: { configuration: true, workspaceFolders: true }, textDocument: {} },
    });
    client.notify('initialized', {});
    const put = createEditor(client);
    for (const path of new Set([
      ...mistakes.map(([path]) => path),
      'actions/say.yaml',
      'actions/check_site.yaml',
    ])) {
      const found = await put(path, open(path));
      hold(`${way}: nothing is found in ${path}`, found.length === 0, found);
    }
    for (const [path, right, wrong, words] of mistakes) {
      const found = await put(path, open(path).replace(right, wrong));
      hold(
        `${way}: ${wrong.trim()} is found`,
        found.some((one) => words.test(one)),
        found,
      );
    }
    const head = open(workflow).split('\ntasks:')[0];
    for (const [text, wanted] of [
      ['    §', ['retry', 'with_items', 'next', 'task for each item']],
      ['    retry:\n      §', ['count', 'delay', 'max_delay']],
      ['    retry:\n      backoff: §', ['constant', 'linear', 'exponential']],
      ['    next:\n      - §', ['when', 'publish', 'do', 'on failure']],
    ]) {
      const labels = await offered(
        client,
        put,
        workflow,
        `${head}\ntasks:\n  - name: a\n    action: p.a\n${text}\n`,
      );
      hold(
        `${way}: offered at ${JSON.stringify(text.trim())}`,
        wanted.every((one) => labels.includes(one)),
        labels,
      );
      const old = labels.filter((label) => ['on_success', 'decision', 'permission_set_ref'].includes(label));
      hold(`${way}: nothing old at ${JSON.stringify(text.trim())}`, old.length === 0, old);
    }
  } finally {
    client.end();
  }
}

try {
  const made = spawnSync(process.execPath, [program, 'init', pack], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
  await look(false);
  await look(true);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
console.log(`${checks} checks, ${failures.length} not held`);
process.exit(failures.length === 0 ? 0 : 1);
