// If-Match → the tags that a write is told of.
import type { FastifyRequest } from 'fastify';
import type { Tag } from '../model/tag.ts';

/**
 * The tags of which `If-Match` demands one, whatever representation they were given for; undefined: no condition. `*` is none, for
 * what is not there is refused as such. A weak tag, or a header that is none, matches nothing.
 */
export function requiredTags(request: FastifyRequest): readonly Tag[] | undefined {
  const header = request.headers['if-match']?.trim();
  if (header === undefined || header === '*') return undefined;
  return [...header.matchAll(/(?<=^|,)[\t ]*"([^-"]+)(?:-[a-z]+)?"[\t ]*(?=,|$)/g)].flatMap(
    ([, tag]) => tag ?? [],
  );
}
