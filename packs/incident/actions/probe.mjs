// Parameters: JSON on stdin. Result: one JSON object on stdout. An unhealthy service is a result, not a failure.
import { json } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

const { url, wait_s = 0, limit_ms = 2000 } = await json(process.stdin);
await pause(wait_s * 1000);

const started = performance.now();
const status = await fetch(url, { signal: AbortSignal.timeout(limit_ms) }).then(
  (response) => response.status,
  () => 0,
);
const took_ms = Math.round(performance.now() - started);
console.log(JSON.stringify({ healthy: status >= 200 && status < 300, status, took_ms }));
