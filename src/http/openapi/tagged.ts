// Every JSON answer to a read below the base has a tag, whatever its route says of it (`conditional.ts`).
import type { Operation } from '../operation.ts';
import type { PlacedOperation } from './collect.ts';

const known = {
  description: 'Tags of answers that the client has; 304 and no body when one of them is what it would get.',
};
const tag = { description: 'Tag of this answer: another one when anything in it is.' };

/** The operation with the headers of its tag, where it has one. */
export function withTag(placed: PlacedOperation, isApi: boolean): PlacedOperation {
  const { method, operation } = placed;
  const { headers, success } = operation;
  if (!isApi || method !== 'get' || success.content?.['application/json'] === undefined) return placed;
  const tagged: Operation = {
    ...operation,
    headers: { ...headers, 'If-None-Match': known },
    success: { ...success, headers: { ...success.headers, ETag: tag } },
  };
  return { ...placed, operation: tagged };
}
