// Answers that were given lately, each with the tag that it had: who asks the same while the tag stands is given the same bytes, and
// of the registry nothing but the tag is read. A tag is another one whenever what is shown may be another, so nothing is ever old.
import type { FastifyReply, FastifyRequest } from 'fastify';

export type Answers = {
  /** What was answered at this address last. */
  find(address: string): Answer | undefined;
  /** Bounded: those asked for least lately make room, and one that would fill an eighth of it is not kept. */
  keep(address: string, answer: Answer): void;
};

export type Answer = { readonly etag: string; readonly body: Buffer };

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

/** Gives what was answered at the request's address, if its tag is still this one. */
export async function answerAsBefore(
  request: FastifyRequest,
  reply: FastifyReply,
  etag: () => Promise<string | undefined>,
): Promise<boolean> {
  const before = request.server.answers.find(request.url);
  if (before === undefined || before.etag !== (await etag())) return false;
  send(reply, before);
  return true;
}

/** Answers with JSON, and keeps it. */
export function answerAnew(
  request: FastifyRequest,
  reply: FastifyReply,
  etag: string,
  content: object,
): FastifyReply {
  const answer = { etag, body: Buffer.from(JSON.stringify(content)) };
  request.server.answers.keep(request.url, answer);
  return send(reply, answer);
}

function send(reply: FastifyReply, { etag, body }: Answer): FastifyReply {
  return reply.header('etag', etag).type('application/json; charset=utf-8').send(body);
}
