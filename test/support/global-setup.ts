// One database server for a test run, started when the first test asks for it and stopped at the end.
// In: a request on a unix socket, from any test process. Out: where the server is, as one line of JSON.
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { messageOf } from '../../src/model/errors.ts';
import { startTestServer, type TestServer } from './test-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the socket that tells where the server is. */
    readonly postgresDoor: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'pw-test-'));
  // The server runs as another user where root runs the tests, and has to pass here.
  await chmod(dir, 0o755);
  let server: Promise<TestServer> | undefined;
  const door = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    server ??= startTestServer(join(dir, 'server'));
    server.then(
      ({ connection }) => socket.end(JSON.stringify({ connection })),
      (error: unknown) => socket.end(JSON.stringify({ failure: messageOf(error) })),
    );
  });
  const path = join(dir, 'door');
  door.listen(path);
  await once(door, 'listening');
  project.provide('postgresDoor', path);
  return async () => {
    door.close();
    // A server that could not be started has been told to the tests that asked for it.
    await server?.then(
      (running) => running.stop(),
      () => undefined,
    );
    await rm(dir, { recursive: true, force: true });
  };
}
