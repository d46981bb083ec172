// Answers that were given lately, each with the tag that it had: who asks the same while the tag stands is given the same bytes, and
// of the registry nothing but the tag is read. A tag is another one whenever what is shown may be another, so nothing is ever old.
// Nor is the tag read while what it is made of is known to be as it was.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerUnchanged } from './conditional.ts';

export type Answers = {
  /** What was answered at this address last. */
  find(address: string): Answer | undefined;
  /** Bounded: those asked for least lately make room, and one that would fill an eighth of it is not kept. */
  keep(address: string, answer: Answer): void;
};

export type Answer = {
  readonly etag: string;
  readonly body: Buffer;
  /** What `Standing.now` said before the tag was last found to stand. */
  asOf?: string | undefined;
};

/** How an answer that was given is found to stand. Both are asked after the request came. */
export type Standing = {
  /** The same one again: no tag is another one since. Undefined: it cannot be told. */
  now(): Promise<string | undefined>;
  /** The tag of what would be answered; undefined: there is nothing to answer with. */
  etag(now: string | undefined): Promise<string | undefined>;
};

declare module 'fastify' {
  interface FastifyInstance {
    readonly answers: Answers;
  }
}

/** Bytes that an entry takes besides its text. */
const entryBytes = 512;

/** @param maxBytes of all bodies together. @default 8 MiB */
export function createAnswers(maxBytes = 8 * 1024 ** 2): Answers {
  // In the order of their last use.
  const kept = new Map<string, Answer>();
  let bytes = 0;
  const sizeOf = (address: string, { body }: Answer) => body.length + address.length + entryBytes;
  const drop = (address: string, answer: Answer) => {
    if (kept.delete(address)) bytes -= sizeOf(address, answer);
  };
  return {
    find(address) {
      const answer = kept.get(address);
      if (answer === undefined) return undefined;
      kept.delete(address);
      kept.set(address, answer);
      return answer;
    },
    keep(address, answer) {
      const before = kept.get(address);
      if (before !== undefined) drop(address, before);
      const size = sizeOf(address, answer);
      if (size > maxBytes / 8) return;
      kept.set(address, answer);
      bytes += size;
      for (const [oldest, one] of kept) {
        if (bytes <= maxBytes) break;
        drop(oldest, one);
      }
    },
  };
}

/** Answers with 304, or with what was answered at the request's address, if its tag stands. */
export async function answerAsBefore(
  request: FastifyRequest,
  reply: FastifyReply,
  standing: Standing,
): Promise<boolean> {
  const before = request.server.answers.find(request.url);
  let current: Promise<string | undefined> | undefined;
  const etag = () => {
    current ??= currentTag(before, standing);
    return current;
  };
  if (await answerUnchanged(request, reply, etag)) return true;
  if (before === undefined || before.etag !== (await etag())) return false;
  send(reply, before);
  return true;
}

async function currentTag(before: Answer | undefined, standing: Standing): Promise<string | undefined> {
  // Nobody could use what is found out for an answer that is not there.
  if (before === undefined) return standing.etag(undefined);
  const now = await standing.now();
  if (now !== undefined && before.asOf === now) return before.etag;
  const etag = await standing.etag(now);
  if (etag === before.etag) before.asOf = now;
  return etag;
}

/** Answers with JSON, and keeps it. */
export function answerAnew(
  request: FastifyRequest,
  reply: FastifyReply,
  { etag, asOf }: Pick<Answer, 'etag' | 'asOf'>,
  content: object,
): FastifyReply {
  const answer = { etag, asOf, body: Buffer.from(JSON.stringify(content)) };
  request.server.answers.keep(request.url, answer);
  return send(reply, answer);
}

function send(reply: FastifyReply, { etag, body }: Answer): FastifyReply {
  return reply.header('etag', etag).type('application/json; charset=utf-8').send(body);
}
