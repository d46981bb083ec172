// Options → the application: checks, routes, refusals. Nothing is opened here; `server.ts` listens.
import type { Server } from 'node:http';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { createAnswers } from './answers.ts';
import { addAudit } from './audit.ts';
import { createHostCheck, createOriginCheck } from './auth.ts';
import { acceptJson, closeUnread } from './body.ts';
import { addCallers, demandCaller } from './caller.ts';
import { tagAnswers } from './conditional.ts';
import { createLimitedServer } from './limits.ts';
import { createLingering } from './lingering.ts';
import { nearPaths } from './near-paths.ts';
import { collectOperations, type PlacedOperation, pathOf } from './openapi/collect.ts';
import { createDocument } from './openapi/create-document.ts';
import { apiBase } from './openapi/document.ts';
import type { HttpOptions } from './ports.ts';
import { ProblemError, problemOf, sendProblem, shuttingDown } from './problem.ts';
import { chooseReads } from './reads.ts';
import { addCallRoutes } from './routes/calls.ts';
import { addChangeRoutes } from './routes/changes.ts';
import { addDecisionRoutes } from './routes/decisions.ts';
import { addDocsRoute } from './routes/docs.ts';
import { addExplainRoute } from './routes/explain.ts';
import { addHeldRoutes, addVerdictRoutes } from './routes/held.ts';
import { addHistoryRoutes } from './routes/history.ts';
import { addIndexPage } from './routes/index-page.ts';
import { addMetricsRoute } from './routes/metrics.ts';
import { addDocumentRoute } from './routes/openapi.ts';
import { addPackRoutes } from './routes/packs.ts';
import { addProblemRoutes } from './routes/problems.ts';
import { addScanRoutes } from './routes/scans.ts';
import { addForgetRoute, addSourceRoutes } from './routes/sources.ts';
import { addHealthRoutes, addStatusRoutes } from './routes/status.ts';
import { addWaitRoute } from './routes/wait.ts';
import { addWorkflowRoutes } from './routes/workflows.ts';
import { acceptArchives, packWriters } from './routes/write-packs.ts';
import { addValidateRoute, workflowWriters } from './routes/write-workflows.ts';
import { acceptYaml } from './routes/written.ts';

const maxBodyBytes = 1024 ** 2;
/** A ref of 255 characters, percent-encoded where the client likes to. */
const maxParamLength = 800;
/** Requests at once that wait for passes. */
const maxWaits = 64;

/** Builds the application. `onServer` is told each listener it makes: a name may stand for several addresses. */
export function createApp(
  options: HttpOptions,
  onServer: (server: Server) => void = () => undefined,
): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    routerOptions: { maxParamLength },
    // It is refused below, by a problem document as everywhere.
    return503OnClosing: false,
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply, problemOf(error));
    },
    // The server answers those itself: it knows whether an answer is under way.
    clientErrorHandler: () => undefined,
    serverFactory: (handler) => {
      const server = createLimitedServer(handler);
      onServer(server);
      return server;
    },
  });
  app.decorate('answers', createAnswers());
  refuseAtClose(app);
  addChecks(app, options);
  const operations = collectOperations(app);
  addCallers(app, options);
  addRefusals(app, options);
  app.setNotFoundHandler(refuseUnknown(operations));
  addObservation(app, options);
  addRoutes(app, options, operations);
  return app;
}

function refuseAtClose(app: FastifyInstance): void {
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
  });
  app.addHook('onRequest', async () => {
    if (isClosing) throw shuttingDown();
  });
}

function addChecks(app: FastifyInstance, { allowedHosts }: HttpOptions): void {
  const checkHost = createHostCheck(allowedHosts);
  const checkOrigin = createOriginCheck(allowedHosts);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'cache-control': 'no-cache',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    checkHost(request.raw);
    checkOrigin(request.method, request.headers.origin, request.headers.host);
  });
  closeUnread(app);
}

function addRefusals(app: FastifyInstance, { logger }: HttpOptions): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    const fields = { method: request.method, route: routeOf(request), err: error };
    if (problem.code === 'internal') logger.error(fields, 'a request failed');
    else if (problem.status >= 500) logger.debug(fields, 'a request was refused');
    return sendProblem(reply, problem);
  });
}

/** The handler of what nothing is at. */
function refuseUnknown(operations: readonly PlacedOperation[]) {
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const [path = ''] = request.url.split('?', 1);
    const patterns = new Set(operations.map(({ url }) => url));
    const paths = nearPaths(path, patterns, apiBase).map(pathOf);
    const near = paths.length === 0 ? '; /docs lists what there is' : `; near it are ${paths.join(', ')}`;
    return sendProblem(
      reply,
      new ProblemError('not_found', `there is nothing at this address${near}`, {
        extra: paths.length === 0 ? {} : { paths },
      }),
    );
  };
}

function addObservation(app: FastifyInstance, { metrics, logger }: HttpOptions): void {
  app.addHook('onResponse', async (request, reply) => {
    const labels = { route: routeOf(request), method: methodLabel(request.method), status: reply.statusCode };
    metrics.httpRequest(labels, reply.elapsedTime / 1000);
    logger.debug({ ...labels, durationMs: Math.round(reply.elapsedTime) }, 'request answered');
  });
}

/** The pattern, never the address: addresses are without number. */
function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'unmatched';
}

function methodLabel(method: string): string {
  return ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].includes(method) ? method : 'other';
}

function addRoutes(app: FastifyInstance, options: HttpOptions, operations: readonly PlacedOperation[]): void {
  const { queries, status, metrics, tokens, isLoopback } = options;
  const document = createDocument(operations, options);
  // A check hangs on the routes of its scope, not on the text of an address, which has many spellings.
  app.register(async (open) => {
    addIndexPage(open, queries, status);
    addHealthRoutes(open, status);
    addDocumentRoute(open, document);
    addDocsRoute(open, document);
  });
  app.register(async (scope) => {
    if (tokens !== undefined && !isLoopback) scope.addHook('onRequest', demandCaller);
    addMetricsRoute(scope, metrics);
  });
  app.register(
    async (api) => {
      api.addHook('onRequest', demandCaller);
      addAudit(api, options.logger);
      if (options.reads) chooseReads(api, options.reads, apiBase);
      api.setNotFoundHandler(refuseUnknown(operations));
      acceptJson(api);
      tagAnswers(api);
      addDefinitions(api, options);
      addHistoryRoutes(api, queries);
      addCallRoutes(api, queries);
      addProblemRoutes(api, queries);
      addHeldRoutes(api, queries);
      addSourceRoutes(api, queries, options.configured ?? []);
      addStatusRoutes(api, status);
      addDecisions(api, options);
      if (options.changes !== undefined) addChangeRoutes(api, options.changes, options.logger);
      addWaits(api, options);
    },
    { prefix: apiBase },
  );
}

/** Each in a scope of its own: nowhere else a body is anything but JSON. */
function addDefinitions(api: FastifyInstance, options: HttpOptions): void {
  const { queries, writes, maxDefinitionBytes = maxBodyBytes, onDecision = () => undefined } = options;
  api.register(async (scope) => {
    if (writes === undefined) return addWorkflowRoutes(scope, options);
    const ports = { queries, writes, maxDefinitionBytes, onDecision };
    acceptYaml(scope);
    addWorkflowRoutes(scope, options, workflowWriters(ports));
    addValidateRoute(scope, ports);
  });
  api.register(async (scope) => {
    if (writes === undefined) return addPackRoutes(scope, queries);
    acceptArchives(scope);
    addPackRoutes(scope, queries, packWriters({ queries, writes, onDecision }));
  });
}

function addDecisions(api: FastifyInstance, options: HttpOptions): void {
  const { queries, decisions, explain, onDecision = () => undefined, configured = [] } = options;
  if (explain !== undefined) addExplainRoute(api, explain, configured);
  if (decisions === undefined) return;
  const ports = { queries, decisions, onDecision };
  addDecisionRoutes(api, ports);
  addVerdictRoutes(api, ports);
  addForgetRoute(api, decisions, configured);
}

function addWaits(api: FastifyInstance, { wait, scans, queries, configured = [] }: HttpOptions): void {
  const lingering = createLingering(api, maxWaits);
  if (wait !== undefined) addWaitRoute(api, wait, configured, lingering);
  if (scans !== undefined) addScanRoutes(api, { scans, queries, lingering });
}
