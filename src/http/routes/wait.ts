// GET /wait?source=&path=|ref=&digest=&timeout=: answers when what lies on disk is live, or rejected.
import type { FastifyInstance } from 'fastify';
import type { Wait, WaitQuestion, WaitRefusal } from '../../model/wait.ts';
import type { Lingering } from '../lingering.ts';
import type { Operation } from '../operation.ts';
import { ProblemError } from '../problem.ts';
import type { QueryReader } from '../query.ts';
import { waitAnswer } from '../schemas/scans.ts';
import { readQuestion } from './explain.ts';
import { addReader, queryOf } from './resource.ts';

const maxTimeoutS = 300;
const defaultTimeoutS = 30;

/** `configured`: the sources of this daemon's own roots; where there is one, it is meant when none is named. */
export function addWaitRoute(
  app: FastifyInstance,
  wait: Wait,
  configured: readonly string[],
  lingering: Lingering,
): void {
  addReader(app, '/wait', {
    ...description,
    handler: async (request, reply) => {
      const question = queryOf(request, (query) => readWait(query, configured));
      const result = await wait(question, lingering.admit(reply));
      if (result.outcome === 'answered') return { data: result.answer };
      throw refusalOf(result.reason, question);
    },
  });
}

const description: Omit<Operation, 'handler'> = {
  summary: 'Wait until a file is live or rejected',
  description:
    'What lay on disk before the call has been looked at when it answers, whichever daemon is asked. With `digest` those bytes are ' +
    'meant: while others lie there it goes on waiting. A file that is not there is live when nothing of it is served any more.',
  query: {
    source: {
      description: 'The root of the path; may be left out where the daemon has one root.',
      schema: { type: 'string', minLength: 1, maxLength: 255, examples: ['root:packs'] },
    },
    path: {
      description: 'A file, relative to its root.',
      schema: { type: 'string', minLength: 1, maxLength: 4096, examples: ['ops/workflows/restart.yaml'] },
    },
    ref: {
      description: 'In place of a path: the file that is registered for this ref or claims it.',
      schema: { type: 'string', minLength: 1, maxLength: 255, examples: ['ops.restart'] },
    },
    digest: {
      description:
        'SHA-256 of the bytes that are meant, in hex; `absent`: the file is removed. Without it whatever lies on disk is meant.',
      schema: { type: 'string', pattern: '^(?:[0-9a-f]{64}|absent)$' },
    },
    timeout: {
      description: 'Seconds to wait at most; 0 tells what is known already.',
      schema: { type: 'integer', minimum: 0, maximum: maxTimeoutS, default: defaultTimeoutS },
    },
  },
  success: {
    status: 200,
    description: 'What became of it, also when the time is over.',
    content: waitAnswer,
  },
  refusals: ['invalid_query', 'not_found', 'too_many_waiting', 'shutting_down', 'database_unreachable'],
};

function readWait(query: QueryReader, configured: readonly string[]): WaitQuestion {
  const digest = query.text('digest');
  const timeoutS = query.number('timeout', 0, maxTimeoutS) ?? defaultTimeoutS;
  const about = readQuestion(query, configured);
  if (digest !== undefined && !/^(?:[0-9a-f]{64}|absent)$/.test(digest))
    query.complain('digest', 'expected absent, or a SHA-256 as 64 hexadecimal digits in small letters');
  if (about.about === 'path' && about.path !== '' && !isBelowRoot(about.path))
    query.complain('path', 'expected a path from its root, with single slashes and without . and ..');
  return { about, digest, timeoutMs: timeoutS * 1000 };
}

function isBelowRoot(path: string): boolean {
  return path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}

function refusalOf(reason: WaitRefusal, { about }: WaitQuestion): ProblemError {
  switch (reason) {
    case 'unknown_source':
      return new ProblemError('not_found', `no daemon ever led ${about.source ?? 'this source'}`);
    case 'unknown_ref':
      return new ProblemError('not_found', 'no file and no row of this ref is known');
    case 'aborted':
      return new ProblemError('shutting_down', 'the daemon is stopping', { headers: { 'retry-after': '1' } });
    default:
      return reason satisfies never;
  }
}
