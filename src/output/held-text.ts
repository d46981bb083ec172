// Held removals, and what was decided about them → text for people. Pure.
import type { HeldBatch } from '../model/answers.ts';
import { visible } from './cells.ts';
import type { Style } from './style.ts';
import { count, group, minute } from './words.ts';

/** Refs that are named before it is only said how many more there are. */
const maxRefs = 10;

export function renderHeld(batches: readonly HeldBatch[], style: Style): string {
  if (batches.length === 0) return `${style.green('nothing is held')}\n`;
  return batches.map((batch) => renderBatch(batch, style)).join('\n');
}

/** After `approve` or `reject`: what was agreed to, in numbers and names. */
export function renderDecision(batch: HeldBatch, style: Style): string {
  const size = count(batch.count, 'definition');
  const said =
    batch.state === 'approved'
      ? `${style.yellow('approved')}: ${size} of ${visible(batch.source)} will be retired`
      : `${style.green(batch.state)}: ${size} of ${visible(batch.source)} stay served until the files return`;
  return `${said}\n${renderRefs(batch, style)}`;
}

function renderBatch(batch: HeldBatch, style: Style): string {
  const { batch: id, source, count: size, of, created, state } = batch;
  const name = visible(String(id));
  const title = `${style.bold(name)} ${visible(source)}: ${group(size)} of ${count(of, 'definition')} would be retired`;
  const why = `  ${reasonOf(batch)}; ${state} since ${minute(created)} UTC`;
  const next =
    state === 'open'
      ? `  \`packwatch approve ${name}\` retires them, \`packwatch reject ${name}\` keeps them\n`
      : '';
  return `${title}\n${why}\n${renderRefs(batch, style)}${next}`;
}

function reasonOf({ reason }: HeldBatch): string {
  switch (reason) {
    case 'threshold':
      return 'more at once than PACKWATCH_PRUNE_MAX lets go';
    case 'root_empty':
      return 'the root is empty all at once';
    default:
      return visible(reason satisfies never);
  }
}

function renderRefs({ refs, count: size }: HeldBatch, style: Style): string {
  const shown = refs.slice(0, maxRefs);
  const more = Math.max(size, refs.length) - shown.length;
  const rest = more > 0 ? [style.dim(`and ${group(more)} more; --format json lists them all`)] : [];
  return [...shown.map((ref) => `${style.red('-')} ${visible(ref)}`), ...rest]
    .map((line) => `    ${line}\n`)
    .join('');
}
