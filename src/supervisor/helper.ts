// A shell that runs `systemd-notify` for each line it is given, and says how it ended. It is started once: to start a process stops
// the event loop until that runs, which takes long when the machine is busy or this process large. It ends when its input does, so also
// with us.
import { spawn } from 'node:child_process';

export type Helper = {
  /** Runs it with these arguments, none of which may hold a control character. Rejects with what it said. One at a time. */
  notify(args: readonly string[], limitMs: number): Promise<void>;
  isRunning(): boolean;
  close(): void;
};

/** Between the arguments in a line. */
const separator = '\u001f';

const script = `
set -f
while IFS= read -r line; do
  IFS='${separator}'
  said=$(systemd-notify $line 2>&1)
  code=$?
  unset IFS
  set -- $said
  printf '%s\\n' "$code $*"
done
`;

export function startHelper(env: Readonly<Record<string, string>>): Helper {
  const child = spawn('/bin/sh', ['-c', script], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  let answer: ((line: string) => void) | undefined;
  let isRunning = true;

  const end = (why: string) => {
    isRunning = false;
    child.kill('SIGKILL');
    answer?.(why);
  };
  child.once('error', ({ message }) => end(message));
  child.once('exit', () => end('the helper ended'));
  // Whoever it was for hears of the exit.
  child.stdin.on('error', () => undefined);
  child.stdout.setEncoding('utf8').on('data', (line: string) => answer?.(line.trim()));

  return {
    async notify(args, limitMs) {
      let timer: NodeJS.Timeout | undefined;
      const line = await new Promise<string>((resolve) => {
        answer = resolve;
        timer = setTimeout(() => end('systemd-notify did not end'), limitMs);
        if (isRunning) child.stdin.write(`${args.join(separator)}\n`);
        else resolve('the helper ended');
      });
      clearTimeout(timer);
      answer = undefined;
      const [, code, said] = /^(\d+) ?(.*)$/.exec(line) ?? [];
      if (code !== '0') throw new Error(said || line);
    },
    isRunning: () => isRunning,
    close: () => child.stdin.end(),
  };
}
