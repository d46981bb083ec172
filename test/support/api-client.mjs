// Requests as a client of any kind might send them: a Host of its own, bodies that are none, addresses that are malformed.
import { Agent, request } from 'node:http';

/** `url`: base of a listener. */
export function createApiClient(url) {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const { hostname, port } = new URL(url);
  return {
    ask: ({ method, path, headers = {}, body }, limitMs = 20_000) =>
      new Promise((resolve, reject) => {
        // Node says how long a body is for some methods only.
        const length =
          body === undefined || body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
        const outgoing = request({
          agent,
          host: hostname,
          port,
          method,
          path,
          headers: { ...length, ...headers },
        });
        const timer = setTimeout(
          () => outgoing.destroy(new Error(`no answer in ${limitMs} ms: ${method} ${path}`)),
          limitMs,
        );
        const fail = (error) => {
          clearTimeout(timer);
          reject(error);
        };
        outgoing.once('error', fail);
        outgoing.once('response', (incoming) => {
          let text = '';
          const done = () => {
            clearTimeout(timer);
            resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text });
          };
          incoming.setEncoding('utf8').on('data', (part) => {
            text += part;
            if (!String(incoming.headers['content-type']).startsWith('text/event-stream')) return;
            done();
            outgoing.destroy();
          });
          incoming.once('end', done);
          incoming.once('error', fail);
        });
        outgoing.end(body);
      }),
    close: () => agent.destroy(),
  };
}
