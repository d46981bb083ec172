// GET /changes (a page, or the wait for one) and GET /events (the same as a stream): what changed after a version.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Activity, ChangeFeed, ChangePage, ChangesGone } from '../../model/change-feed.ts';
import type { Logger } from '../../model/logger.ts';
import { openEventStream } from '../event-stream.ts';
import { createEventTexts } from '../event-text.ts';
import { createLingering, type Lingering } from '../lingering.ts';
import { type Operation, schemaRef } from '../operation.ts';
import { ProblemError } from '../problem.ts';
import { addReader, queryOf } from './resource.ts';

type ChangePorts = { readonly feed: ChangeFeed; readonly activity: Activity };

const maxVersion = 999_999_999_999_999;
const maxWaitS = 60;

const sinceKey = {
  description:
    'The version that is known already: what came after it is told. Without it nothing is told yet.',
  schema: { type: 'integer', minimum: 0, maximum: maxVersion },
} as const;

export function addChangeRoutes(api: FastifyInstance, ports: ChangePorts, logger: Logger): void {
  const lingering = createLingering(api);
  addReader(api, '/changes', changesOperation(ports.feed, lingering));
  addReader(api, '/events', eventsOperation(ports, lingering, logger));
}

function changesOperation(feed: ChangeFeed, lingering: Lingering): Operation {
  return {
    summary: 'Changes after a version',
    description:
      'Whole versions, in order, each once: go on from `version`. Without `since` it says where the registry is now. Before a copy ' +
      'of the registry is read, the version to follow from is asked for; on 410 the copy is read anew.',
    query: {
      since: sinceKey,
      wait: {
        description: 'Seconds to wait for a change where there is none; then `data` is empty.',
        schema: { type: 'integer', minimum: 0, maximum: maxWaitS, default: 0 },
      },
    },
    success: {
      status: 200,
      description: 'What came after it.',
      content: { 'application/json': schemaRef('Changes') },
    },
    refusals: ['invalid_query', 'changes_gone', 'too_many_waiting'],
    async handler(request, reply) {
      const { since, waitS } = queryOf(request, (query) => ({
        since: query.number('since', 0, maxVersion),
        waitS: query.number('wait', 0, maxWaitS) ?? 0,
      }));
      const page = pageOf(await feed.read(since), since);
      const isAnswer = page.rows.length > 0 || waitS === 0 || request.method === 'HEAD';
      const { rows, version, complete } = isAnswer
        ? page
        : await waitFor(feed, page, lingering.admit(reply), waitS);
      return { data: rows, version, complete };
    },
  };
}

/** The first page with rows; one without when the time is over, the client gone, or the listener closes. */
async function waitFor(
  feed: ChangeFeed,
  from: ChangePage,
  given: AbortSignal,
  waitS: number,
): Promise<ChangePage> {
  const stop = new AbortController();
  const end = () => stop.abort();
  const timer = setTimeout(end, waitS * 1000);
  given.addEventListener('abort', end);
  if (given.aborted) end();
  const follower = feed.follow(from);
  try {
    let page = from;
    while (page.rows.length === 0) {
      const next = await follower.next(stop.signal);
      if (next === undefined) break;
      page = pageOf(next, page.version);
    }
    return page;
  } finally {
    follower.close();
    clearTimeout(timer);
    given.removeEventListener('abort', end);
  }
}

function eventsOperation({ feed, activity }: ChangePorts, lingering: Lingering, logger: Logger): Operation {
  const textsOf = createEventTexts();
  return {
    summary: 'Changes as they happen',
    description:
      'Server-sent events. `committed` and `rejected` carry `{version, at, changes}`; the last event of a version, and no other, has ' +
      'its number as id. `seen`, `settled` and `parsed` carry `{source, paths, more, whole}`, have no id, and come only from the ' +
      'daemon that watches. After a cut go on with `Last-Event-ID`, which goes before `since`.',
    query: { since: sinceKey },
    headers: { 'Last-Event-ID': { description: 'The last id that was received; as `since`.' } },
    success: {
      status: 200,
      description: 'Events until the client leaves or the daemon stops.',
      content: { 'text/event-stream': { type: 'string' } },
    },
    refusals: ['invalid_query', 'changes_gone', 'too_many_waiting'],
    async handler(request, reply) {
      const since = beginningOf(request);
      const signal = lingering.admit(reply);
      const first = pageOf(await feed.read(since), since);
      reply.headers(streamHeaders);
      if (request.method === 'HEAD') return reply.send('');
      const onFailure = (error: unknown) => logger.debug({ err: error }, 'a stream of events ends early');
      const stream = { feed, activity, textsOf, since: since ?? first.version, first, signal, onFailure };
      return reply.send(openEventStream(stream));
    },
  };
}

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  // Proxies that gather answers before they pass them on.
  'x-accel-buffering': 'no',
};

/** `Last-Event-ID` goes first: a client that was cut off asks again at the address it began with. */
function beginningOf(request: FastifyRequest): number | undefined {
  const last = request.headers['last-event-id'];
  return queryOf(request, (query) => {
    const since = query.number('since', 0, maxVersion);
    if (last === undefined || last === '') return since;
    if (typeof last === 'string' && /^\d{1,15}$/.test(last)) return Number(last);
    query.complain('Last-Event-ID', `expected a whole number from 0 to ${maxVersion}`);
    return since;
  });
}

function pageOf(answer: ChangePage | ChangesGone, since: number | undefined): ChangePage {
  if (answer.kind === 'page') return answer;
  const { reason, version, forgotten } = answer;
  const why =
    reason === 'forgotten'
      ? `changes up to version ${forgotten} are forgotten, and ${since} is before it`
      : `the newest version is ${version}, so ${since} is of another registry, or of one that was set back`;
  throw new ProblemError('changes_gone', `${why}; read what is registered anew and follow from there`, {
    extra: { version, forgotten },
  });
}
