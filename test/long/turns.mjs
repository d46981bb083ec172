// Preloaded into a daemon (`node --import`): how long its event loop was held, in CPU time of its main thread and by the clock.
// A busy machine stretches the second, not the first. Out: the longest as JSON in the file that TURNS_FILE names; who removes the
// file begins anew.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const everyMs = 5;
const file = process.env.TURNS_FILE;

const cpuMs = () =>
  process.platform === 'linux'
    ? Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
    : performance.now();

if (file !== undefined && isMainThread) {
  const longest = { cpuMs: 0, wallMs: 0, at: '' };
  let last = { cpu: cpuMs(), wall: performance.now() };
  let isNews = true;
  let wasWritten = false;
  setInterval(() => {
    const now = { cpu: cpuMs(), wall: performance.now() };
    if (now.cpu - last.cpu > longest.cpuMs) {
      longest.cpuMs = now.cpu - last.cpu;
      longest.at = new Date().toISOString();
      isNews = true;
    }
    if (now.wall - last.wall - everyMs > longest.wallMs) {
      longest.wallMs = now.wall - last.wall - everyMs;
      isNews = true;
    }
    last = now;
  }, everyMs).unref();
  setInterval(() => {
    if (wasWritten && !existsSync(file)) Object.assign(longest, { cpuMs: 0, wallMs: 0, at: '' });
    else if (isNews) writeFileSync(file, JSON.stringify(longest));
    wasWritten = existsSync(file);
    isNews = !wasWritten;
  }, 200).unref();
}
