// A process that starts or adopts a server, for tests that end such processes in every way.
// Arguments: compiled sources, state directory, `start` or `keep`. Tells by JSON lines; obeys lines on stdin.
import { createInterface } from 'node:readline';

const [dist, stateDir, mode] = process.argv.slice(2);
const tell = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
// As a daemon that finishes its work first.
process.on('SIGINT', () => tell({ event: 'interrupted' }));

const summary = (server) => ({
  adopted: server.adopted,
  pid: server.pid,
  startupMs: Math.round(server.startupMs),
  connection: server.connection,
});

try {
  let server;
  if (mode === 'keep') {
    const { keepEmbedded } = await import(`${dist}/embedded/keep.js`);
    const kept = await keepEmbedded({ stateDir, onLog: (line) => tell({ event: 'log', line }) });
    server = { ...kept.current(), stop: kept.stop, current: kept.current };
  } else {
    const { startEmbedded } = await import(`${dist}/embedded/start.js`);
    server = await startEmbedded({ stateDir });
  }
  tell({ event: 'running', ...summary(server) });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'stop') {
      const begunMs = performance.now();
      await server.stop();
      tell({ event: 'stopped', tookMs: performance.now() - begunMs });
      break;
    }
    if (line === 'gone') {
      await server.gone;
      tell({ event: 'gone' });
    }
    if (line === 'current') tell({ event: 'current', ...summary(server.current()) });
    if (line.startsWith('query ')) {
      const { default: postgres } = await import('postgres');
      const sql = postgres({ ...server.connection, max: 1 });
      try {
        tell({ event: 'rows', rows: await sql.unsafe(line.slice(6)) });
      } catch (error) {
        tell({ event: 'refused', code: error.code });
      } finally {
        await sql.end();
      }
    }
  }
  process.exit(0);
} catch (error) {
  tell({ event: 'failed', code: error.code, message: error.message });
  process.exit(1);
}
