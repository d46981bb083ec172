// Parameters: JSON on stdin. Result: `{"id": "…", "state": "running"|"done"|"failed", "file": "…"}`.
import { json } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

const { url, token, id, dataset, wait_s = 0 } = await json(process.stdin);
await pause(wait_s * 1000);

const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
const response =
  id === undefined
    ? await fetch(url, { method: 'POST', headers, body: JSON.stringify({ dataset }) })
    : await fetch(`${url}/${encodeURIComponent(id)}`, { headers });
if (!response.ok) {
  console.error(`export service answered ${response.status}`);
  process.exit(1);
}
const answer = await response.json();
console.log(JSON.stringify({ id: answer.id, state: answer.state, file: answer.file ?? '' }));
