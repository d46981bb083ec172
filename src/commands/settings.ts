// Flags and environment → Config for a command, with the problems and warnings told.
import { type Config, type ConfigResult, readConfig } from '../config.ts';
import { type CommandContext, type CommandInput, tellProblems } from './context.ts';

/** The configuration, or the exit code to leave with. ROOT arguments are taken from `input.args` unless told otherwise, `env` from the context. */
export function configure(
  context: CommandContext,
  input: CommandInput,
  roots: readonly string[] = input.args,
  env: CommandContext['env'] = context.env,
): Config | number {
  const { config, problems, warnings } = readSettings(context, input, roots, env);
  for (const warning of warnings) context.err(`packwatch: ${warning}\n`);
  return config ?? tellProblems(context, problems);
}

/** Like `configure`, telling nothing. Flags and environment are those of the start; files that settings name are read anew. */
export function readSettings(
  context: CommandContext,
  input: CommandInput,
  roots: readonly string[] = input.args,
  env: CommandContext['env'] = context.env,
): ConfigResult {
  return readConfig({
    flags: input.flags,
    roots,
    env,
    cwd: context.cwd,
    cores: context.cores,
    readFile: context.readFile,
    inspectFile: context.inspectFile,
  });
}
