// A service manager's end of sd_notify(3): a datagram socket, held by Python since Node has none, and what came in at it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export type Received = Readonly<Record<string, string>> & {
  /** When it was read; CLOCK_MONOTONIC, microseconds. */
  readonly at: string;
};

export type NotifySocket = {
  /** In the order they came in, without the barriers of the helper. */
  readonly received: readonly Received[];
  close(): Promise<void>;
};

const receiver = `
import json, socket, sys, time
path = sys.argv[1]
end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
end.bind("\\0" + path[1:] if path[0] == "@" else path)
print("{}", flush=True)
while True:
    text = end.recv(65536).decode()
    lines = dict(line.split("=", 1) for line in text.split("\\n") if line)
    print(json.dumps({**lines, "at": str(time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)}), flush=True)
`;

/** `path` is what goes into `NOTIFY_SOCKET`. */
export async function openNotifySocket(path: string): Promise<NotifySocket> {
  const child: ChildProcess = spawn('python3', ['-c', receiver, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const received: Received[] = [];
  const lines = createInterface({ input: child.stdout as NonNullable<ChildProcess['stdout']> });
  const opened = once(lines, 'line');
  lines.on('line', (line) => {
    const message = JSON.parse(line) as Received;
    if ('at' in message && !('BARRIER' in message)) received.push(message);
  });
  await Promise.race([
    opened,
    once(child, 'exit').then(() => Promise.reject(new Error('there is no python3 to receive with'))),
  ]);
  return {
    received,
    async close() {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}
