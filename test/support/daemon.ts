// The program as a process: started from dist/, its log read line by line, gone when the test is.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { programPath } from './build.ts';
import { until } from './wait.ts';

export type LogLine = { readonly level: string; readonly msg: string; readonly [field: string]: unknown };

export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A command that ran to its end. */
export type Finished = Ended & {
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
  /** Stdout as one JSON document. */
  json<T = Record<string, unknown>>(): T;
};

export type Answer = {
  readonly status: number;
  readonly text: string;
  json<T = Record<string, unknown>>(): T;
};

export type Daemon = {
  readonly pid: number;
  /** Base of the listener; waits for the log line that tells it. */
  url(): Promise<string>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** Sum of the series of a metric whose labels hold these texts; 0 when there is none. */
  metric(name: string, ...labels: readonly string[]): Promise<number>;
  /** Everything logged so far. */
  readonly log: readonly LogLine[];
  stdout(): string;
  /** The first line from `from` on that fits; waits for it. */
  logged(
    fits: (line: LogLine) => boolean,
    options?: { readonly limitMs?: number; readonly from?: number },
  ): Promise<LogLine>;
  ready(limitMs?: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM; how it ended, and after how long. */
  stop(): Promise<Ended & { readonly tookMs: number }>;
  readonly exited: Promise<Ended>;
  hasExited(): boolean;
};

export type ProcessOptions = {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Of Node itself, before the program: `--import …` and the like. */
  readonly nodeArgs?: readonly string[] | undefined;
  /** Another main.js, such as `instrument` makes. @default dist/main.js */
  readonly program?: string | undefined;
  /** A command that runs the program in its own place (`setpriv …`, `unshare …`); the pid stays the program's. */
  readonly through?: readonly string[] | undefined;
};

const alive = new Set<ChildProcess>();
// A test worker that ends in any way of its own takes its processes with it.
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

function launch(options: ProcessOptions): ChildProcess {
  const { args, cwd, env, nodeArgs = [], program = programPath, through = [] } = options;
  const inherited = { PATH: process.env['PATH'] ?? '', HOME: cwd, LANG: 'C.UTF-8' };
  const [command = '', ...rest] = [...through, process.execPath, ...nodeArgs, program, ...args];
  const child = spawn(command, rest, {
    cwd,
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  alive.add(child);
  child.once('exit', () => alive.delete(child));
  return child;
}

/** Runs a command to its end; killed after `limitMs`. */
export async function runCommand(options: ProcessOptions, limitMs = 40_000): Promise<Finished> {
  const begunMs = performance.now();
  const child = launch(options);
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  const tookMs = performance.now() - begunMs;
  return { code, signal, stdout, stderr, tookMs, json: <T>() => JSON.parse(stdout) as T };
}

/** Starts `run` or `dev`; nothing is waited for. */
export function startDaemon(options: ProcessOptions): Daemon {
  const child = launch(options);
  const log: LogLine[] = [];
  let stdout = '';
  let ended: Ended | undefined;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  if (child.stderr) createInterface({ input: child.stderr }).on('line', (line) => log.push(readLine(line)));
  const exited = once(child, 'close').then(([code, signal]) => {
    ended = { code, signal };
    return ended;
  });
  const tail = () =>
    log
      .slice(-12)
      .map((line) => JSON.stringify(line))
      .join('\n');
  const logged: Daemon['logged'] = (fits, { limitMs = 30_000, from = 0 } = {}) =>
    withTail(
      tail,
      until(
        () => {
          const line = log.slice(from).find(fits);
          if (!line && ended) throw new Error(`the daemon ended with ${JSON.stringify(ended)}`);
          return line;
        },
        { what: 'the line in the log', limitMs },
      ),
    );
  const url = async () => {
    const line = await logged(({ msg }) => msg === 'packwatch is running');
    return String(line['url']);
  };
  const get: Daemon['get'] = async (path, headers = {}) => {
    const answer = await fetch(`${await url()}${path}`, { headers });
    const text = await answer.text();
    return { status: answer.status, text, json: <T>() => JSON.parse(text) as T };
  };
  return {
    pid: child.pid ?? 0,
    log,
    stdout: () => stdout,
    exited,
    hasExited: () => ended !== undefined,
    logged,
    url,
    get,
    metric: async (name, ...labels) => sumOf((await get('/metrics')).text, name, labels),
    async ready(limitMs = 30_000) {
      await url();
      await withTail(
        tail,
        until(async () => (await get('/readyz')).status === 200, { what: 'ready', limitMs, everyMs: 25 }),
      );
    },
    kill: (signal) => {
      child.kill(signal);
    },
    async stop() {
      const begunMs = performance.now();
      child.kill('SIGTERM');
      return { ...(await exited), tookMs: performance.now() - begunMs };
    },
  };
}

async function withTail<T>(tail: () => string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new Error(
      `${error instanceof Error ? error.message : String(error)}; its log ends with\n${tail()}`,
      { cause: error },
    );
  }
}

function readLine(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    // `dev` and what is told before there is a log write plain text.
    return { level: 'text', msg: line };
  }
}

function sumOf(exposition: string, name: string, labels: readonly string[]): number {
  return exposition
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => labels.every((label) => line.includes(label)))
    .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
