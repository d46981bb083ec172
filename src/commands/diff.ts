// `diff REF [A] [B]`: what changed between two revisions, in what they do or in their texts.
import type { Client } from '../client/client.ts';
import type { RevisionDetail, RevisionRow } from '../model/answers.ts';
import { placeText, renderDiff } from '../output/diff-text.ts';
import { renderPatch, unifiedDiff } from '../output/text-diff.ts';
import { diffDefinitions } from '../registry/diff.ts';
import { isMistake, type Mistake, readNumber, readRef, tellMistake } from './arguments.ts';
import { type CommandContext, type CommandInput, exitCodes } from './context.ts';
import { printDocument } from './print.ts';
import { withDaemon } from './with-daemon.ts';

export const diff = withDaemon(async (client, context, input) => {
  const ref = readRef(input);
  if (isMistake(ref)) return tellMistake(context, ref);
  const asText = input.options['text'] === true;
  if (asText && context.format === 'json') {
    return tellMistake(context, { mistake: 'say --text or --format json, not both' });
  }
  const pair = await choosePair(client, input, ref);
  if (isMistake(pair)) return tellMistake(context, pair);
  if (pair === undefined) {
    context.err(`packwatch: ${ref} has one revision, so there is nothing to compare it with\n`);
    return exitCodes.problems;
  }
  const [from, to] = await Promise.all(pair.map((number) => client.revision(ref, number)));
  if (from === undefined || to === undefined) throw new Error('two numbers gave fewer than two revisions');
  if (asText) printTexts(context, ref, from, to);
  else printChanges(context, ref, from, to);
  return exitCodes.done;
});

/** A and B; without B the one that is served, without A the one before B. Undefined: there is none before it. */
async function choosePair(
  client: Client,
  input: CommandInput,
  ref: string,
): Promise<readonly [number, number] | Mistake | undefined> {
  const from = readNumber(input.args[1], 'number of a revision');
  const to = readNumber(input.args[2], 'number of a revision');
  if (isMistake(from)) return from;
  if (isMistake(to)) return to;
  if (from !== undefined && to !== undefined) return [from, to];
  const revisions = await client.revisions(ref);
  const end = to ?? servedOf(revisions);
  const before = revisions.map(({ number }) => number).filter((number) => number < end);
  const start = from ?? Math.max(0, ...before);
  return start === 0 ? undefined : [start, end];
}

/** The newest where none is served: the workflow is retired. */
function servedOf(revisions: readonly RevisionRow[]): number {
  const served = revisions.find((revision) => revision.served);
  return served?.number ?? Math.max(0, ...revisions.map(({ number }) => number));
}

function printChanges(context: CommandContext, ref: string, from: RevisionDetail, to: RevisionDetail): void {
  const changes = diffDefinitions(from.definition, to.definition);
  const ends = { from: from.number, to: to.number };
  if (context.format === 'json') {
    const listed = changes.map(({ at, kind, before, after }) => ({
      path: placeText(at),
      kind,
      before,
      after,
    }));
    printDocument(context, { ...ends, changes: listed });
  } else if (changes.length > 0 || !context.quiet) {
    context.out(renderDiff({ ref, ...ends }, changes, { style: context.style, columns: context.columns }));
  }
}

function printTexts(context: CommandContext, ref: string, from: RevisionDetail, to: RevisionDetail): void {
  const named = ({ number, source_text: text }: RevisionDetail) => ({
    name: `${ref} revision ${number}`,
    text,
  });
  const patch = unifiedDiff(named(from), named(to));
  // Into a pipe it goes as it is, for other tools to take.
  context.out(context.columns === undefined ? patch : renderPatch(patch, context.style));
}
