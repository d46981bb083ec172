// What people read of a daemon's replica.
import { expect, it } from 'vitest';
import type { DaemonState } from '../../src/model/daemon-state.ts';
import { renderStatus } from '../../src/output/status-text.ts';
import { plainStyle } from '../../src/output/style.ts';

const state: DaemonState = {
  ...{
    version: '1.0.0',
    started: '2026-05-04T09:13:02.117Z' as never,
    database: 'PostgreSQL at a',
    ready: true,
  },
  ...{ reasons: [], roots: [], definitions: {}, files: 0, catalog_version: 3_000_000_042, last_pass: null },
};
const linesOf = (replica?: DaemonState['read_replica']) =>
  renderStatus({ ...state, ...(replica === undefined ? {} : { read_replica: replica }) }, 'http://d', {
    style: plainStyle,
    width: 100,
  } as never)
    .split('\n')
    .filter((line) => line.startsWith('reads at'));

it('names the replica that reads go to, and how far it is behind', () => {
  const replica = { database: 'PostgreSQL at b', version: 7, reason: null } as const;
  expect(linesOf({ ...replica, state: 'used', behind_ms: 0 })).toEqual([
    expect.stringMatching(/^reads at +PostgreSQL at b: used$/),
  ]);
  expect(linesOf({ ...replica, state: 'behind', behind_ms: 2_300 })).toEqual([
    expect.stringMatching(/^reads at +PostgreSQL at b: behind \(2\.3 s\)$/),
  ]);
  for (const none of [null, undefined]) expect(linesOf(none)).toEqual([]);
});
