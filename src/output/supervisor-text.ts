// What a daemon says of itself → one line for a service manager's status. Pure; told again whenever it changes, so it holds no ages.
import type { DaemonState } from '../model/daemon-state.ts';
import { count, duration, group } from './words.ts';

export type LineFacts = {
  readonly state: DaemonState;
  /** Diagnostics of files on disk. */
  readonly problems: number;
  /** From the event to the commit of what was saved last; milliseconds. Undefined: nothing yet. */
  readonly lagMs: number | undefined;
};

export function renderStatusLine({ state, problems, lagMs }: LineFacts): string {
  const reasons = state.reasons.map(({ message }) => message).join('; ');
  const head = !state.ready ? 'not ready: ' : reasons === '' ? '' : 'degraded: ';
  const served = state.definitions['active'] ?? 0;
  const held = state.roots.reduce((total, root) => total + root.held, 0);
  const parts = [
    reasons === '' ? undefined : reasons,
    count(served + (state.definitions['degraded'] ?? 0), 'definition'),
    problems === 0 ? undefined : count(problems, 'problem'),
    held === 0 ? undefined : `${group(held)} held`,
    rootsOf(state),
    lagMs === undefined ? undefined : `last save live after ${duration(lagMs)}`,
  ];
  return head + parts.filter((part) => part !== undefined).join(', ');
}

function rootsOf({ roots }: DaemonState): string {
  const led = roots.filter(({ role }) => role === 'leader');
  const polled = led.filter(({ watch }) => watch === 'poll').length;
  const words = [`leads ${led.length} of ${count(roots.length, 'root')}`];
  if (polled > 0) words.push(`${polled} polled`);
  return words.join(', ');
}
