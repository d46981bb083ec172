// The least that serves the same bytes out of the same database: fastify and the driver, one look-up by primary key an answer.
// Usage: node bench/bare-server.mjs CONNECTION, the driver's options as JSON. Prints the port when it listens.
import { fastify } from 'fastify';
import postgres from 'postgres';

const sql = postgres({ ...JSON.parse(process.argv[2]), max: 8, onnotice: () => undefined });
const app = fastify({ logger: false });
app.get('*', async (request, reply) => {
  const [row] = await sql`select body, etag from bare.answer where path = ${request.url}`;
  if (row === undefined) return reply.code(404).send();
  reply.header('etag', row.etag);
  if (request.headers['if-none-match'] === row.etag) return reply.code(304).send();
  return reply.type('application/json; charset=utf-8').send(row.body);
});
await app.listen({ host: '127.0.0.1', port: 0 });
console.log(app.server.address().port);
