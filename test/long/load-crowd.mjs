// In a thread of its own, so that what it costs is not measured: slow connections, opened again 1 to 5 s after they are cut off, and
// clients that ask at a steady pace. Tells how it went when it is asked to stop.
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

const { port, slow, clients, pauseMs, paths, large } = workerData;
const head = (method, path, more = '') => `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
/** What each kind says at first, what it says every second, and whether it takes what it is answered. */
const kinds = {
  'half a head': { first: 'GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ', drip: 'a', reads: true },
  'half a body': {
    first: head(
      'POST',
      '/api/v1/workflows/one.w0/rollback',
      'Content-Type: application/json\r\nContent-Length: 9999\r\n',
    ),
    drip: ' ',
    reads: true,
  },
  'kept and idle': { first: head('GET', '/livez'), drip: '', reads: true },
  'answers not taken': { first: head('GET', large).repeat(2), drip: '', reads: false },
};

let isOver = false;
const told = { opened: 0, cut: 0, asked: 0, failed: 0, statuses: {} };
const sockets = new Set();

function beSlow(kind) {
  if (isOver) return;
  const socket = connect(port, '127.0.0.1');
  sockets.add(socket);
  let timer;
  socket.on('error', () => undefined);
  socket.once('connect', () => {
    told.opened += 1;
    socket.write(kind.first);
    if (kind.drip !== '') timer = setInterval(() => socket.write(kind.drip), 1000);
    if (kind.reads) socket.resume();
  });
  socket.once('close', () => {
    clearInterval(timer);
    sockets.delete(socket);
    told.cut += 1;
    setTimeout(() => beSlow(kind), 1000 + Math.random() * 4000);
  });
}

function ask(agent, path) {
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, path, agent, timeout: 10_000 }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode));
      answer.once('error', () => resolve('cut'));
    });
    asked.once('timeout', () => asked.destroy(new Error('timeout')));
    asked.once('error', (error) => resolve(error.message === 'timeout' ? 'timeout' : 'cut'));
    asked.end();
  });
}

async function beAtWork(number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await sleep(Math.random() * pauseMs);
  for (let round = 0; !isOver; round += 1) {
    const outcome = await ask(agent, paths[(number + round) % paths.length]);
    told.asked += 1;
    told.statuses[outcome] = (told.statuses[outcome] ?? 0) + 1;
    if (outcome !== 200) told.failed += 1;
    await sleep(pauseMs * (0.5 + Math.random()));
  }
  agent.destroy();
}

/** Most are of the two that a listener takes for work in progress: more of them than there are places. */
const mix = [
  'half a body',
  'answers not taken',
  'half a head',
  'half a body',
  'answers not taken',
  'kept and idle',
];
for (let at = 0; at < slow; at += 1) beSlow(kinds[mix[at % mix.length]]);
for (let at = 0; at < clients; at += 1) beAtWork(at);
parentPort.on('message', () => {
  isOver = true;
  for (const socket of sockets) socket.destroy();
  parentPort.postMessage(told);
  parentPort.close();
});
