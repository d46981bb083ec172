// What a message to a service manager costs: on the event loop, and until it was read; by the helper that stays, and by a process of
// its own for each. A datagram socket held by Python stands for the manager.
// Usage: node bench/notify-cost.mjs [MESSAGES], after `npm run build`
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSender } from '../dist/supervisor/send.js';

const messages = Number(process.argv[2] ?? 50);
const dir = mkdtempSync(join(tmpdir(), 'pw-notify-'));
const socket = join(dir, 'notify');
const receive = `
import socket, sys
end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
end.bind(sys.argv[1])
print("open", flush=True)
while True: end.recv(65536)
`;
const receiver = spawn('python3', ['-c', receive, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
await once(receiver.stdout, 'data');

const middle = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function measure(what, send) {
  await send();
  const held = [];
  const through = [];
  for (let n = 0; n < messages; n += 1) {
    const atMs = performance.now();
    const sent = send();
    held.push(performance.now() - atMs);
    await sent;
    through.push(performance.now() - atMs);
  }
  const ms = (values) => `${middle(values).toFixed(2)} ms, at most ${Math.max(...values).toFixed(2)} ms`;
  console.log(`${what}: event loop ${ms(held)}; read after ${ms(through)}`);
}

const sender = createSender({ socket, path: process.env.PATH });
await measure('the helper that stays', () => sender.send({ WATCHDOG: '1' }));
sender.close();
const env = { PATH: process.env.PATH, NOTIFY_SOCKET: socket };
await measure(
  'a process for each',
  () => new Promise((resolve) => execFile('systemd-notify', ['WATCHDOG=1'], { env }, resolve)),
);
receiver.kill();
rmSync(dir, { recursive: true, force: true });
