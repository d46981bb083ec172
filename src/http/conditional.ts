// Conditional requests (RFC 9110, section 13): tags of answers, `If-None-Match` on reads, `If-Match` on writes.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Tag } from '../model/tag.ts';
import { ProblemError } from './problem.ts';

/** The `ETag` of one representation: two media types of one thing never share it. `form` is in lower-case letters. */
export function etagOf(tag: Tag, form?: string): string {
  return form === undefined ? `"${tag}"` : `"${tag}-${form}"`;
}

/** The `ETag` of an answer that also depends on its address. */
export function etagAt(tag: Tag, url: string): string {
  return etagOf(digest(`${tag} ${url}`));
}

/**
 * Answers 304, and is true, when the client has what it would get. The tag is asked for only when the client says what it has;
 * undefined: there is nothing to have.
 */
export async function answerUnchanged(
  request: FastifyRequest,
  reply: FastifyReply,
  etag: () => Promise<string | undefined>,
): Promise<boolean> {
  const known = readTags(request.headers['if-none-match']);
  if (known === undefined) return false;
  const current = await etag();
  if (current === undefined || !(known === '*' || known.some(({ opaque }) => opaque === current)))
    return false;
  // To HEAD the library gives the length of what is sent, which is not that of what it stands for; of a stream it says none.
  const nothing = request.method === 'HEAD' ? Readable.from([]) : undefined;
  reply.code(304).header('etag', current).send(nothing);
  return true;
}

/** For the operation of a write that shows what it made. */
export const etagHeader = { ETag: { description: 'Tag of what is shown.' } };

/** For the operation of a write that compares it. */
export const ifMatch = {
  'If-Match': {
    description:
      'Tags of the answers that the decision rests on: nothing is done unless one of them is current.',
  },
};

/**
 * The tags of which `If-Match` demands one, whatever representation they were given for; undefined: no condition. `*` is none, for
 * what is not there is refused as such. A weak tag, or a header that is none, matches nothing.
 */
export function requiredTags(request: FastifyRequest): readonly Tag[] | undefined {
  const header = request.headers['if-match'];
  if (header === undefined) return undefined;
  const tags = readTags(header) ?? [];
  if (tags === '*') return undefined;
  return tags.flatMap(({ isWeak, opaque }) =>
    isWeak ? [] : (/^"([^-"]+)(?:-[a-z]+)?"$/.exec(opaque)?.[1] ?? []),
  );
}

export function changedMeanwhile(what: string): ProblemError {
  return new ProblemError(
    'precondition_failed',
    `${what} is not what it was when it was read: read it again, and decide anew`,
  );
}

/** Gives every JSON answer to a read in this scope the digest of its text for a tag, unless it has one already. */
export function tagAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead || reply.statusCode !== 200 || typeof payload !== 'string' || reply.hasHeader('etag'))
      return payload;
    const etag = etagOf(digest(payload));
    reply.header('etag', etag);
    const known = readTags(request.headers['if-none-match']) ?? [];
    if (known !== '*' && !known.some(({ opaque }) => opaque === etag)) return payload;
    reply.code(304).removeHeader('content-type');
    return request.method === 'HEAD' ? payload : null;
  });
}

function digest(text: string): Tag {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}

type EntityTag = { readonly isWeak: boolean /** With its quotes. */; readonly opaque: string };

/** One element of a list and what parts it from the next; empty ones mean nothing. Linear: no two blanks can share a run. */
const element = /(?:(W\/)?("[\x21\x23-\x7e\x80-\xff]*"))?[\t ]*(?:,[\t ]*|$)/y;

/** Undefined for a header that is not there or no list of tags. */
function readTags(header: string | undefined): readonly EntityTag[] | '*' | undefined {
  const list = header?.trim();
  if (list === undefined || list === '*') return list;
  const tags: EntityTag[] = [];
  for (let at = 0; at < list.length; ) {
    element.lastIndex = at;
    const [text, weak, opaque] = element.exec(list) ?? [];
    if (text === undefined) return undefined;
    if (opaque !== undefined) tags.push({ isWeak: weak !== undefined, opaque });
    at += text.length;
  }
  return tags;
}
