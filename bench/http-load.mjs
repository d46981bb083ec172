// Requests over connections that are kept open, as cheap as Node can make them: the server is what is measured. In one process with
// the bench; both servers are asked by the same.
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const endOfHead = Buffer.from('\r\n\r\n');

/** One connection; `ask` resolves with status, bytes of the body and milliseconds. One request at a time. */
async function openConnection(port) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  let parts = [];
  let waiting;
  let body;
  const fail = (error) => waiting?.reject(error ?? new Error('the connection was closed'));
  socket.on('error', fail).on('close', () => fail());
  socket.on('data', (data) => {
    parts.push(data);
    if (body === undefined) body = headOf(parts);
    if (body === undefined) return;
    body.left -= body.counted ? data.length : 0;
    body.counted = true;
    if (body.left > 0) return;
    const { status, length, etag } = body;
    const text = waiting.wantsBody ? Buffer.concat(parts).subarray(-length || undefined) : undefined;
    const ms = performance.now() - waiting.beganMs;
    const { resolve } = waiting;
    [parts, body, waiting] = [[], undefined, undefined];
    resolve({ status, length, etag, ms, text: length === 0 ? Buffer.alloc(0) : text });
  });
  return {
    ask({ path, headers = '' }, wantsBody = false) {
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject, wantsBody, beganMs: performance.now() };
        socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${headers}\r\n`);
      });
    },
    close: () => socket.destroy(),
  };
}

/** Undefined until the head is whole. */
function headOf(parts) {
  const data = Buffer.concat(parts);
  const at = data.indexOf(endOfHead);
  if (at < 0) return undefined;
  const head = data.subarray(0, at).toString('latin1');
  const status = Number(head.slice(9, 12));
  const length = status === 304 ? 0 : Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
  if (Number.isNaN(length)) throw new Error(`an answer without a length: ${head}`);
  const etag = /\r\netag: ([^\r]+)/i.exec(head)?.[1];
  return { status, length, etag, left: at + endOfHead.length + length - data.length, counted: false };
}

/** One answer with its body. */
export async function askOnce(port, request) {
  const connection = await openConnection(port);
  const answer = await connection.ask(request, true);
  connection.close();
  return answer;
}

/** Answers a second at `connections` connections, each asking the next as soon as it has an answer. */
export async function closedLoop(port, next, { connections, seconds }) {
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(port)));
  const beganMs = performance.now();
  const untilMs = beganMs + seconds * 1000;
  const statuses = {};
  let answers = 0;
  let bytes = 0;
  const run = async (connection) => {
    while (performance.now() < untilMs) {
      const { status, length } = await connection.ask(next());
      statuses[status] = (statuses[status] ?? 0) + 1;
      answers += 1;
      bytes += length;
    }
  };
  await Promise.all(open.map(run));
  const perSecond = answers / ((performance.now() - beganMs) / 1000);
  for (const connection of open) connection.close();
  return { perSecond, answers, bytes: Math.round(bytes / answers), statuses };
}

/**
 * Milliseconds of each answer at a constant rate, from the moment at which it was due, whether or not those before it have come:
 * who waits for a free connection waits, too. `lateMs` is how much of that went by before this process saw that it was due, for it
 * sleeps a millisecond at a time and shares the machine; `toldMs` is without it.
 */
export async function openLoop(port, next, { connections, perSecond, seconds }) {
  const free = await Promise.all(Array.from({ length: connections }, () => openConnection(port)));
  const open = [...free];
  const due = [];
  const [tookMs, lateMs, toldMs] = [[], [], []];
  const statuses = {};
  const serve = async (connection, { dueMs, seenMs }) => {
    const { status } = await connection.ask(next());
    statuses[status] = (statuses[status] ?? 0) + 1;
    const endedMs = performance.now();
    tookMs.push(endedMs - dueMs);
    lateMs.push(seenMs - dueMs);
    toldMs.push(endedMs - seenMs);
    const waiting = due.shift();
    if (waiting === undefined) free.push(connection);
    else await serve(connection, waiting);
  };
  const beganMs = performance.now();
  const running = [];
  for (let sent = 0; sent < perSecond * seconds; ) {
    const nowMs = performance.now();
    for (; sent < perSecond * seconds && beganMs + (sent * 1000) / perSecond <= nowMs; sent += 1) {
      const moment = { dueMs: beganMs + (sent * 1000) / perSecond, seenMs: performance.now() };
      const connection = free.shift();
      if (connection === undefined) due.push(moment);
      else running.push(serve(connection, moment));
    }
    await sleep(1);
  }
  await Promise.all(running);
  for (const connection of open) connection.close();
  return { tookMs, lateMs, toldMs, statuses };
}
