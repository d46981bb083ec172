// Parameters: JSON on stdin. Result: JSON on stdout. Any other exit code than 0 is a failure.
import { json } from 'node:stream/consumers';

const { url, limit_ms = 2000 } = await json(process.stdin);
const started = performance.now();
const { status } = await fetch(url, { signal: AbortSignal.timeout(limit_ms) });
const took_ms = Math.round(performance.now() - started);
console.log(JSON.stringify({ url, status, took_ms }));
process.exitCode = status < 500 ? 0 : 1;
