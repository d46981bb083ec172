// Parameters: JSON on stdin.
import { json } from 'node:stream/consumers';

const { url, text } = await json(process.stdin);
const response = await fetch(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ text }),
  signal: AbortSignal.timeout(10_000),
});
if (!response.ok) {
  console.error(`chat answered ${response.status}`);
  process.exit(1);
}
