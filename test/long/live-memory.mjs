// Preloaded into a daemon (`node --import`): every few seconds what is live is told apart from what waits for a collection. Out: one line
// of JSON a sample, added to the file that MEMORY_FILE names: bytes of the heap after a collection, of buffers, and resident, and open files.
// MEMORY_LEAK=bytes keeps that much for good ten times a second, MEMORY_LEAK_FILES=ms opens a file so often: what a leak would look like.
import { appendFileSync, openSync, readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

const { MEMORY_FILE: file, MEMORY_EVERY_MS, MEMORY_LEAK, MEMORY_LEAK_FILES } = process.env;

if (file !== undefined && isMainThread) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  setInterval(() => {
    collect();
    collect();
    const { heapUsed, external, rss } = process.memoryUsage();
    // The listing itself is open meanwhile.
    const files = readdirSync('/proc/self/fd').length - 1;
    appendFileSync(file, `${JSON.stringify({ atMs: performance.now(), heapUsed, external, rss, files })}\n`);
  }, Number(MEMORY_EVERY_MS)).unref();
  if (MEMORY_LEAK !== undefined) {
    const kept = [];
    setInterval(() => kept.push('x'.repeat(Number(MEMORY_LEAK)).split('')), 100).unref();
  }
  if (MEMORY_LEAK_FILES !== undefined)
    setInterval(() => openSync(file, 'r'), Number(MEMORY_LEAK_FILES)).unref();
}
