// What a command is to `program.ts`: its name, its arguments and flags, and the function to load when it is called.
import type { SettingInfo } from '../config.ts';
import type { Command, Format } from './context.ts';

export type Entry = {
  /** Two words for a command of a group: `source list`. */
  readonly name: string;
  readonly summary: string;
  /** More about it in its own help, below the flags. */
  readonly notes?: readonly string[];
  /** Heading in the list of all commands. */
  readonly heading: string;
  /** In order, in the notation of commander: `<ref>`, `[number]`, `[path...]`. */
  readonly takes?: readonly { readonly name: string; readonly help: string }[];
  /** Flags of this command alone; their values are in `CommandInput.options` under the name without dashes. */
  readonly options?: readonly CommandOption[];
  /** What `--quiet` leaves. @default 'say only what is wrong' */
  readonly quiet?: string;
  /** Settings that it has flags for. @default all */
  readonly settings?: readonly SettingInfo['key'][];
  readonly formats: readonly Format[];
  load(): Promise<Command>;
};

export type CommandOption = {
  /** In the notation of commander: `--as <notation>`, `--strict`. */
  readonly flags: string;
  readonly help: string;
  readonly choices?: readonly string[];
  readonly fallback?: string;
};
