// Parameters: JSON on stdin. Exits 1 when the pager refuses, so that the workflow can try again.
import { json } from 'node:stream/consumers';

const { url, token, message, urgency = 'high' } = await json(process.stdin);
const response = await fetch(url, {
  method: 'POST',
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  body: JSON.stringify({ message, urgency }),
  signal: AbortSignal.timeout(10_000),
});
if (!response.ok) {
  console.error(`pager answered ${response.status}`);
  process.exit(1);
}
console.log(JSON.stringify({ delivered: true }));
