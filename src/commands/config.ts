// `config`: effective settings with their origin, without a secret; opens nothing but the files that settings name.
import { showSettings } from '../config/shown.ts';
import { visible } from '../output/cells.ts';
import { renderSettings } from '../output/settings-text.ts';
import { type Command, exitCodes, tellProblems } from './context.ts';
import { printDocument, tableOptions } from './print.ts';
import { readSettings } from './settings.ts';

export const configCommand: Command = async (context, input) => {
  const { config, problems, warnings } = readSettings(context, input);
  for (const warning of warnings) context.err(`packwatch: ${warning}\n`);
  const all = config === undefined ? [] : showSettings(config, context.env, input.args.length > 0);
  const shown = context.quiet ? all.filter(({ origin }) => origin !== 'default') : all;
  const tokens = config?.tokens?.map(({ name, role }) => ({ name, role })) ?? null;
  if (context.format === 'json') printDocument(context, { settings: shown, tokens, problems, warnings });
  else {
    context.out(renderSettings(shown, tableOptions(context)));
    if (tokens)
      context.out(`tokens: ${tokens.map(({ name, role }) => `${visible(name)} (${role})`).join(', ')}\n`);
  }
  return config === undefined ? tellProblems(context, problems) : exitCodes.done;
};
