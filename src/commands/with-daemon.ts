// What all client commands share: their two settings, the client, and what a refusal means to the caller of the program.
import { type Client, createClient } from '../client/client.ts';
import { RefusalError } from '../client/refusal.ts';
import { type Config, type SettingInfo, settings } from '../config.ts';
import { AppError } from '../model/errors.ts';
import { visible } from '../output/cells.ts';
import { renderDiagnostics } from '../output/diagnostics-text.ts';
import { type Command, type CommandContext, type CommandInput, exitCodeOf, exitCodes } from './context.ts';
import { configure } from './settings.ts';

export type ClientCommand = (client: Client, context: CommandContext, input: CommandInput) => Promise<number>;

const ownSettings: readonly SettingInfo['key'][] = ['url', 'token'];

/** Gives the command a client, and tells what is thrown in one line, with the diagnostics that came with it. */
export function withDaemon(work: ClientCommand): Command {
  return async (context, input) => {
    const config = configureClient(context, input);
    if (typeof config === 'number') return config;
    const { url, token } = config;
    try {
      return await work(createClient({ url, token, version: context.version }), context, input);
    } catch (error) {
      return tellFailure(context, error);
    }
  };
}

/** Settings of the daemon are not this command's: a bad one, or a token file for other eyes, must not keep it from asking. */
function configureClient(context: CommandContext, input: CommandInput): Config | number {
  const others = new Set(
    settings.filter(({ key }) => !ownSettings.includes(key)).map(({ variable }) => variable),
  );
  const env = Object.fromEntries(Object.entries(context.env).filter(([name]) => !others.has(name)));
  return configure(context, input, [], env);
}

function tellFailure(context: CommandContext, error: unknown): number {
  if (error instanceof RefusalError) {
    context.err(`packwatch: ${visible(error.message)}\n`);
    context.err(renderFindings(context, error));
    return exitCodeOfRefusal(error);
  }
  if (!(error instanceof AppError)) throw error;
  context.err(`packwatch: ${visible(error.message)}\n`);
  return exitCodeOf(error);
}

function renderFindings({ style }: CommandContext, { diagnostics }: RefusalError): string {
  if (diagnostics.length === 0) return '';
  const files = diagnostics.map((diagnostic) => ({
    path: diagnostic.path,
    text: '',
    diagnostics: [diagnostic],
  }));
  return `\n${renderDiagnostics(files, { style })}\n`;
}

/** A file is at fault, not the way it was asked. */
const faults: readonly string[] = ['invalid_definition', 'invalid_pack', 'invalid_archive'];

/** A token that is not good is a setting to mend; a daemon without its database cannot be reached any more than none. */
function exitCodeOfRefusal({ status, code }: RefusalError): number {
  if (faults.includes(code)) return exitCodes.problems;
  if (status === 401 || status === 403) return exitCodes.configuration;
  if (status === 400 || status === 422) return exitCodes.usage;
  if (status === 408 || status === 429 || status === 503) return exitCodes.unreachable;
  return status >= 500 ? exitCodes.bug : exitCodes.problems;
}
