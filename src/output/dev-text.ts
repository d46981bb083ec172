// What `dev` says to an author: the welcome after the first pass, and a line for each change afterwards. Pure.
import type { PlannedChange, ToldPlan } from '../model/plan.ts';
import { visible } from './cells.ts';
import type { Style } from './style.ts';

export type Welcome = {
  readonly version: string;
  /** What the first pass changed, pack by pack. */
  readonly packs: readonly ToldPlan[];
  readonly pass: { readonly unchanged: number; readonly problems: number };
  readonly tookMs: number;
  readonly roots: readonly string[];
  /** Undefined: no listener. */
  readonly url: string | undefined;
  readonly database: string;
  readonly psql: string | undefined;
  /** A file to try an edit on. */
  readonly example: string | undefined;
};

export function renderWelcome(welcome: Welcome, style: Style): string {
  const { pass } = welcome;
  const packs = [...welcome.packs].sort((a, b) => (a.dir < b.dir ? -1 : 1));
  const registered = packs.reduce((total, plan) => total + plan.workflows.length, 0);
  const actions = packs.reduce(
    (total, plan) => total + plan.actions.filter((action) => !action.isWorkflow).length,
    0,
  );
  const head =
    registered > 0
      ? `Registered ${count(registered, 'workflow')} and ${count(actions, 'action')} from ${count(packs.length, 'pack')}`
      : `${count(pass.unchanged, 'workflow')} registered, nothing new`;
  const lines = [
    '',
    `${style.bold('packwatch')} ${welcome.version}`,
    '',
    `  ${style.green('✓')} ${head} ${style.dim(`(${Math.round(welcome.tookMs)} ms)`)}`,
  ];
  for (const plan of packs) {
    if (plan.workflows.length === 0) continue;
    const names = plan.workflows.map((one) => one.ref.slice(one.ref.indexOf('.') + 1));
    lines.push(`      ${visible(plan.packRef ?? plan.dir).padEnd(12)} ${style.dim(names.join(', '))}`);
  }
  if (pass.problems > 0)
    lines.push(`  ${style.red('✗')} ${count(pass.problems, 'file')} with problems, told below`);
  lines.push('', `  Watching   ${welcome.roots.map(visible).join(', ')}`);
  if (welcome.url !== undefined) {
    lines.push(
      `  Page       ${welcome.url}/`,
      `  API        ${welcome.url}/api/v1/workflows`,
      `  Metrics    ${welcome.url}/metrics`,
    );
  }
  lines.push(`  Database   ${welcome.database}`);
  if (welcome.psql !== undefined) lines.push(`             ${style.dim(welcome.psql)}`);
  lines.push('', '  Try:');
  if (welcome.example !== undefined)
    lines.push(`    edit ${welcome.example} and save: the change is live before you look up`);
  lines.push(
    '    break it, and see where; the last good revision goes on',
    '',
    style.dim('  Ctrl-C stops.'),
    '',
  );
  return `${lines.join('\n')}\n`;
}

const signs = {
  registered: ['+', 'green'],
  updated: ['~', 'yellow'],
  touched: ['·', 'dim'],
  moved: ['→', 'cyan'],
  degraded: ['!', 'red'],
  recovered: ['✓', 'green'],
  retired: ['-', 'red'],
  unpinned: ['~', 'yellow'],
  rejected: ['✗', 'red'],
} as const;

/** One line, without its end. */
export function renderChange(change: PlannedChange, style: Style): string {
  const [sign, colour] = signs[change.verb];
  return `${style[colour](`${sign} ${change.verb.padEnd(10)}`)} ${visible(change.ref)}  ${style.dim(`${visible(change.path)} · ${visible(change.reason)}`)}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
