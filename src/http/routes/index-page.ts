// GET /: a page that says what this is and where to go; static, and allowed to load nothing.
import type { FastifyInstance } from 'fastify';
import { addReader } from './resource.ts';

const endpoints: readonly (readonly [string, string])[] = [
  ['/api/v1/workflows', 'workflow definitions'],
  ['/api/v1/packs', 'packs'],
  ['/api/v1/problems', 'files with an error, or not served as they stand'],
  ['/api/v1/status', 'roots, watcher, lag, counts'],
  ['/livez', 'is the process alive'],
  ['/readyz', 'is the registry up to date'],
  ['/metrics', 'numbers for a monitoring system'],
];

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Packwatch</title>
</head>
<body>
<h1>Packwatch</h1>
<p>The registry of workflow definitions, kept equal to the packs on disk.</p>
<ul>
${endpoints.map(([path, text]) => `<li><a href="${path}"><code>${path}</code></a>: ${text}</li>`).join('\n')}
</ul>
</body>
</html>
`;

export function addIndexPage(app: FastifyInstance): void {
  addReader(app, '/', {
    id: 'getIndexPage',
    summary: 'A page to begin with',
    success: { status: 200, description: 'A page.', content: { 'text/html': { type: 'string' } } },
    handler: (_, reply) =>
      reply
        .header(
          'content-security-policy',
          "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        )
        .type('text/html; charset=utf-8')
        .send(page),
  });
}
