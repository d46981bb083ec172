// Parameters: JSON on stdin. Result: `{"error_rate": 0.01}`; no traffic at all counts as no errors.
import { json } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

const { metrics_url, service, window_s = 60 } = await json(process.stdin);
if (!/^[\w.-]+$/.test(service)) {
  console.error(`not a service name: ${service}`);
  process.exit(64);
}
await pause(window_s * 1000);

const failed = `sum(increase(http_requests_total{service="${service}",status=~"5.."}[${window_s}s]))`;
const all = `sum(increase(http_requests_total{service="${service}"}[${window_s}s]))`;
const response = await fetch(
  new URL(`/api/v1/query?query=${encodeURIComponent(`${failed} / ${all}`)}`, metrics_url),
);
if (!response.ok) {
  console.error(`metrics server answered ${response.status}`);
  process.exit(1);
}
const { data } = await response.json();
const rate = Number(data.result[0]?.value[1] ?? 0);
console.log(JSON.stringify({ error_rate: Number.isFinite(rate) ? rate : 0 }));
