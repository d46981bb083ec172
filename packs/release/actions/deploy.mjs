// Parameters: JSON on stdin. Result: `{"region": "…", "previous": "…"}`.
import { json } from 'node:stream/consumers';

const { url, token, service, image, region, percent = 100 } = await json(process.stdin);
const response = await fetch(url, {
  method: 'POST',
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  body: JSON.stringify({ service, image, region, percent, wait: true }),
});
if (!response.ok) {
  console.error(`deployment of ${service} to ${region}: ${response.status}`);
  process.exit(1);
}
const { previous = '' } = await response.json();
console.log(JSON.stringify({ region, previous }));
