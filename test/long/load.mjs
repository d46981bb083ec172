// Hundreds of connections that are slow in every way, and clients at work beside them: /livez stays prompt, memory stays where it is,
// and afterwards everything is answered as before.
// Needs `npm run build`. Usage: node test/long/load.mjs [--seconds 60] [--slow 500] [--clients 200] [--pause-ms 500] [--prompt-ms 100]
import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { createPlace, readOptions, startServer, until } from './harness.mjs';
import { startProbed } from './probe.mjs';

const options = readOptions({ seconds: 60, slow: 500, clients: 200, 'pause-ms': 500, 'prompt-ms': 100 });
/** The figures that are promised; where the machine has other things to do the clock tells of those. */
const promptMs = options['prompt-ms'];
const maxTurnMs = 100;
const growthMb = 40;
const faults = [];
const need = (holds, fault) => {
  if (!holds) faults.push(fault);
};

const place = createPlace('load');
const task = (name) => `  - name: ${name}\n    action: core.echo\n`;
place.save('one/pack.yaml', 'ref: one\nversion: 1.0.0\n');
for (let at = 0; at < 100; at += 1)
  place.save(`one/workflows/w${at}.yaml`, `label: Workflow ${at}\nversion: 1.0.0\ntasks:\n${task('only')}`);
const words = 'An answer that no buffer holds. '.repeat(24_000);
place.save(
  'one/workflows/large.yaml',
  `label: Large\nversion: 1.0.0\nvars:\n  words: ${words}\ntasks:\n${task('only')}`,
);
const large = '/api/v1/workflows/one.large';
const paths = [
  '/api/v1/workflows',
  '/api/v1/workflows/one.w7',
  '/api/v1/workflows?q=work&page_size=20',
  '/api/v1/packs',
  '/api/v1/status',
  '/api/v1/problems',
  '/readyz',
];

/** One request on a connection of its own; undefined when there was no answer. */
function askOnce(base, path) {
  const begunMs = performance.now();
  return new Promise((resolve) => {
    const asked = request(base + path, { agent: false, timeout: 10_000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      answer.once('end', () =>
        resolve({ status: answer.statusCode, text, tookMs: performance.now() - begunMs }),
      );
      answer.once('error', () => resolve(undefined));
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(undefined));
    asked.end();
  });
}

async function numbersOf(base) {
  const text = (await askOnce(base, '/metrics'))?.text ?? '';
  const of = (name) => Number(text.match(new RegExp(`^${name} (.*)$`, 'm'))?.[1] ?? Number.NaN);
  return {
    rssMb: of('process_resident_memory_bytes') / 2 ** 20,
    fds: of('process_open_fds'),
    cpuS: of('process_cpu_seconds_total'),
  };
}

async function watch(base, untilMs) {
  const times = [];
  const rss = [];
  let unanswered = 0;
  while (performance.now() < untilMs) {
    const answer = await askOnce(base, '/livez');
    if (answer?.status === 200) times.push(answer.tookMs);
    else unanswered += 1;
    if ((times.length + unanswered) % 20 === 0) {
      const { rssMb } = await numbersOf(base);
      if (!Number.isNaN(rssMb)) rss.push(rssMb);
    }
    await sleep(25);
  }
  times.sort((a, b) => a - b);
  return { times, rss, unanswered };
}

const server = await startServer(join(place.base, 'state'));
try {
  const daemon = await startProbed({ place, url: server.url, args: [] });
  const { base } = daemon;
  // Turns of the event loop are told from here on.
  daemon.watch();
  await daemon.rest();
  const before = await numbersOf(base);
  const begunMs = performance.now();
  const crowd = new Worker(new URL('./load-crowd.mjs', import.meta.url), {
    workerData: {
      ...{ port: Number(new URL(base).port), paths, large },
      ...{ slow: options.slow, clients: options.clients, pauseMs: options['pause-ms'] },
    },
  });
  await sleep(3000);
  const { times, rss, unanswered } = await watch(base, performance.now() + options.seconds * 1000);
  crowd.postMessage('stop');
  const [told] = await once(crowd, 'message');
  const { turnMs, wallMs } = await daemon.worst();
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  const half = Math.floor(rss.length / 2);
  const grown = Math.max(...rss.slice(half)) - Math.max(...rss.slice(0, half));

  const spentS = (await numbersOf(base)).cpuS - before.cpuS;
  const share = Math.round((100 * spentS) / ((performance.now() - begunMs) / 1000));

  need(times.length > 0 && at(0.99) < promptMs, `/livez took ${Math.round(at(0.99))} ms at 99 %`);
  need(turnMs < maxTurnMs, `one turn of the event loop took ${turnMs} ms of processor time`);
  need(unanswered === 0, `/livez was not answered ${unanswered} times`);
  need(grown < growthMb, `memory grew by ${Math.round(grown)} MB in the second half`);
  need(told.opened > options.slow, `${told.opened} slow connections are too few to tell anything`);
  need(told.failed <= told.asked / 50, `${told.failed} of ${told.asked} requests of the clients failed`);
  for (const path of [...paths, large, '/livez', '/metrics']) {
    const answer = await askOnce(base, path);
    need(answer?.status === 200, `${path} was answered with ${answer?.status} afterwards`);
  }
  await until(
    'its connections are gone',
    async () => (await numbersOf(base)).fds <= before.fds + 12,
    90_000,
    500,
  ).catch((error) => faults.push(String(error)));
  need((await daemon.stop()).code === 0, 'it did not stop as asked');
  const ms = (value) => value.toFixed(1);
  console.log(
    `load: ${options.seconds} s, ${options.slow} slow connections (${told.opened} opened, ${told.cut} cut off), ${options.clients} clients ` +
      `(${told.asked} requests, ${JSON.stringify(told.statuses)}); /livez ${times.length} times: ${ms(at(0.5))} ms at the median, ` +
      `${ms(at(0.99))} ms at 99 %, ${ms(at(1))} ms at most, ${unanswered} not answered; ` +
      `${share} % of a core, ${Math.round(turnMs)} ms of it in the longest turn (${Math.round(wallMs)} ms by the clock); memory ${Math.round(before.rssMb)} MB before, ${Math.round(Math.max(...rss.slice(0, half)))} and ${Math.round(Math.max(...rss.slice(half)))} MB at most in the halves`,
  );
} finally {
  await server.stop();
  place.remove();
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
