// `pack install FILE|DIR`, `pack remove REF`, `pack list`: packs that come by upload.
import type { Client } from '../client/client.ts';
import { RefusalError } from '../client/refusal.ts';
import type { PackRow } from '../model/answers.ts';
import { visible } from '../output/cells.ts';
import { renderDiagnostics } from '../output/diagnostics-text.ts';
import { renderInstalled, renderPacks } from '../output/packs-text.ts';
import { isMistake, type Mistake, tellMistake } from './arguments.ts';
import { type CommandContext, exitCodes } from './context.ts';
import { type GivenPack, readGivenPack } from './given-pack.ts';
import { printDocument, printNames, tableOptions } from './print.ts';
import { withDaemon } from './with-daemon.ts';

export const packInstall = withDaemon(async (client, context, { args: [argument = ''], options }) => {
  const given = await readGivenPack(context, argument);
  if (isMistake(given)) return tellMistake(context, given);
  if ('refused' in given) {
    context.err(`packwatch: ${visible(argument)}: ${visible(given.refused)}\n`);
    return exitCodes.problems;
  }
  try {
    const pack = await send(client, given, options['replace'] === true);
    if (context.format === 'json') printDocument(context, pack);
    else if (!context.quiet) context.out(renderInstalled(pack, given.leftOut, context.style));
    return exitCodes.done;
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    if (error.diagnostics.length > 0) tellFindings(context, error, given);
    else if (error.code === 'exists')
      context.err('packwatch: a pack of this ref is installed already; --replace takes its place\n');
    else throw error;
    return exitCodes.problems;
  }
});

/** To replace is to install where nothing is to be replaced. */
async function send(client: Client, given: GivenPack, isReplacing: boolean): Promise<PackRow> {
  const ref = isReplacing ? await refOf(given) : undefined;
  if (ref === undefined) return await client.installPack(given.archive);
  try {
    return await client.replacePack(ref, given.archive);
  } catch (error) {
    if (!(error instanceof RefusalError) || error.status !== 404) throw error;
    return await client.installPack(given.archive);
  }
}

/** Undefined where the manifest names none that could be: the daemon says why. */
async function refOf({ files }: GivenPack): Promise<string | undefined> {
  const bytes = files.get('pack.yaml') ?? files.get('pack.yml') ?? new Uint8Array();
  // Only here is the language needed: every other client command starts without it.
  const { checkFile } = await import('../language/check-file.ts');
  const { file } = checkFile('manifest', bytes, { strict: false });
  const ref = file?.role === 'manifest' ? file.ref : undefined;
  return ref !== undefined && isPackRef(ref) ? ref : undefined;
}

/** The daemon knows the files below the pack's ref, the caller where they were given. */
function tellFindings(
  context: CommandContext,
  { message, diagnostics }: RefusalError,
  given: GivenPack,
): void {
  const paths = [...new Set(diagnostics.map(({ path }) => path))];
  const files = paths.map((path) => {
    const inPack = path.slice(path.indexOf('/') + 1);
    const bytes = given.files.get(inPack);
    return {
      path: given.show(inPack),
      text: bytes === undefined ? '' : new TextDecoder().decode(bytes),
      diagnostics: diagnostics.filter((one) => one.path === path),
    };
  });
  const { style, columns } = context;
  const frames = renderDiagnostics(files, { style, ...(columns === undefined ? {} : { columns }) });
  context.err(`packwatch: ${visible(message)}\n\n${frames}\n`);
}

export const packRemove = withDaemon(async (client, context, { args: [text = ''] }) => {
  const ref = readPackRef(text);
  if (isMistake(ref)) return tellMistake(context, ref);
  await client.removePack(ref);
  if (context.format === 'json') printDocument(context, { removed: ref });
  else if (!context.quiet)
    context.out(
      `${ref} is removed: its definitions are retired, ids and history stay until they are purged\n`,
    );
  return exitCodes.done;
});

export const packList = withDaemon(async (client, context) => {
  const packs = await client.packs({ source: 'api' });
  if (context.format === 'json') printDocument(context, packs);
  else if (context.quiet)
    printNames(
      context,
      packs.map(({ ref }) => ref),
    );
  else context.out(renderPacks(packs, tableOptions(context)));
  return exitCodes.done;
});

function readPackRef(text: string): string | Mistake {
  return isPackRef(text)
    ? text
    : { mistake: `${JSON.stringify(text)} is no pack: expected a ref that \`packwatch pack list\` tells` };
}

/** Anything else never was one, and has no place in an address. */
function isPackRef(text: string): boolean {
  return text.length <= 64 && /^[a-z][a-z0-9_-]+$/.test(text);
}
