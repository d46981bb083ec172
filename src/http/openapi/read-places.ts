// What answers say of a replica, where the daemon has one (`../reads.ts`).
import type { Operation } from '../operation.ts';
import { mayBeReplicas, minVersionHeader, readHeader, versionHeader } from '../reads.ts';
import type { PlacedOperation } from './collect.ts';

const asked = {
  [minVersionHeader]: {
    description: 'A version that the client knows of: nothing older is read at a replica.',
  },
};
const version = { [versionHeader]: { description: 'With a replica: it has this version, or a later one.' } };
const place = { [readHeader]: { description: 'With a replica: where it was read, `replica` or `primary`.' } };

/** The operation with the headers of a read that may be a replica's, where it is one. `base`: of the API's addresses. */
export function withReadPlace(placed: PlacedOperation, base: string): PlacedOperation {
  const { method, url, operation } = placed;
  if (!url.startsWith(`${base}/`) || !mayBeReplicas(method.toUpperCase(), url.slice(base.length)))
    return placed;
  const { headers, success } = operation;
  const told: Operation = {
    ...operation,
    headers: { ...headers, ...asked },
    success: { ...success, headers: { ...success.headers, ...place, ...version } },
  };
  return { ...placed, operation: told };
}
