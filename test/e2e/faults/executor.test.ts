// The executor of docs/examples through restarts of both sides: daemons and executors are killed, and the copy ends as what is served.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, type TestContext } from 'vitest';
import { packFiles, workflowText } from '../../support/pack-text.ts';
import { type Copied, differencesOf } from '../../support/served-copy.ts';
import { createSite } from '../../support/site.ts';
import { eventually, until } from '../../support/wait.ts';

type AtEnd = TestContext['onTestFinished'];

const program = fileURLToPath(new URL('../../support/executor.mjs', import.meta.url));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function startExecutor(urls: readonly string[], atEnd: AtEnd) {
  const child: ChildProcess = spawn(process.execPath, [program, ...urls], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  atEnd(() => void child.kill('SIGKILL'));
  let copy: readonly Copied[] | undefined;
  if (child.stdout)
    createInterface({ input: child.stdout }).on('line', (line) => {
      copy = (JSON.parse(line) as { workflows: readonly Copied[] }).workflows;
    });
  return { kill: () => child.kill('SIGKILL'), copy: () => copy };
}

it('keeps its copy through kills of daemons and of itself', async ({ onTestFinished }) => {
  const site = await createSite(onTestFinished);
  const ports = [await freePort(), await freePort()];
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const start = (at: number) => site.daemon(['--http', `127.0.0.1:${ports[at]}`, '--prune-max', '100%']);
  const isLive = (ref: string, label: string) =>
    until(
      async () =>
        (await site.rows('select 1 from served_workflow where ref = $1 and label = $2', [ref, label]))
          .length > 0,
      {
        ...{ what: `${ref} is ${label}`, limitMs: 40_000 },
      },
    );
  let executor = startExecutor(urls, onTestFinished);
  const isCurrent = () =>
    eventually(async () => expect(await differencesOf(executor.copy() ?? [], site.database())).toEqual([]), {
      limitMs: 40_000,
      everyMs: 100,
    });
  const edit = (ref: string, label: string) =>
    site.save(`${ref.replace('.', '/workflows/')}.yaml`, workflowText({ label }));

  await site.saveAll({
    ...packFiles('one', { a: workflowText({ label: 'first' }), b: workflowText() }),
    ...packFiles('two', { c: workflowText() }),
  });
  // The executor is there before anything answers.
  let daemon = start(0);
  await daemon.ready();
  await isLive('one.a', 'first');
  await isCurrent();
  expect(
    executor
      .copy()
      ?.map(({ ref }) => ref)
      .sort(),
  ).toEqual(['one.a', 'one.b', 'two.c']);

  // The daemon is killed, the disk goes on.
  daemon.kill('SIGKILL');
  await daemon.exited;
  await edit('one.a', 'while the daemon was gone');
  await site.remove('two/workflows/c.yaml');
  daemon = start(0);
  await isLive('one.a', 'while the daemon was gone');
  await until(async () => (await site.rows('select 1 from served_workflow')).length === 2, {
    limitMs: 40_000,
  });
  await isCurrent();

  // The executor is killed, the registry goes on.
  executor.kill();
  await edit('one.b', 'while the executor was gone');
  await edit('two.d', 'new');
  await isLive('two.d', 'new');
  executor = startExecutor(urls, onTestFinished);
  await isLive('one.b', 'while the executor was gone');
  await isCurrent();

  // Another daemon takes over for good, also what people decide.
  const second = start(1);
  await second.ready();
  daemon.kill('SIGKILL');
  await edit('one.a', 'by the second');
  await site.save('two/workflows/bad.yaml', 'tasks: nothing\n');
  await isLive('one.a', 'by the second');
  const disable = await fetch(`${urls[1]}/api/v1/workflows/one.b/disable`, { method: 'POST' });
  expect(disable.status).toBe(200);
  await site.save('two/workflows/d.yaml', 'tasks: nothing\n');
  await until(
    async () => (await site.rows("select 1 from served_workflow where status = 'degraded'")).length === 1,
  );
  await isCurrent();
  expect(
    executor
      .copy()
      ?.map(({ ref }) => ref)
      .sort(),
  ).toEqual(['one.a', 'two.d']);
});
