// Flags and environment → Config, or every problem at once. Pure: what is read of the world comes in as arguments.
import { readDatabaseUrl, redactDatabaseUrl } from './config/database-url.ts';
import { readRoots } from './config/roots.ts';
import type { SettingValues } from './config/setting-values.ts';
import { flagOf, isSettingKey, type Setting, settingTable } from './config/settings.ts';
import { type FileFacts, openTokenFile, readTokens } from './config/tokens.ts';
import { unknownVariables } from './config/unknown.ts';
import { isLoopback, type Read, refuse } from './config/values.ts';
import { codeOf } from './model/errors.ts';
import type { Token } from './model/token.ts';

/** Where a value comes from; a file is one that another setting names. */
export type Origin = 'flag' | 'env' | 'file' | 'default';

/** The effective settings: flag beats environment beats default. */
export type Config = SettingValues & {
  /** Tokens of `tokenFile`, hashed; undefined: no token is asked for, and the listener is on loopback. */
  readonly tokens: readonly Token[] | undefined;
  /** Of each setting; an argument ROOT counts as a flag. */
  readonly origins: Readonly<Record<keyof SettingValues, Origin>>;
};

/** One setting that cannot be used. */
export type ConfigProblem = {
  readonly variable: string;
  /** Long flag, with dashes. */
  readonly flag: string;
  readonly expected: string;
  /** As given, without secrets; undefined where it may not be repeated or there is none. */
  readonly value: string | undefined;
  /** All of this in one sentence, on one line. */
  readonly message: string;
};

export type ConfigInput = {
  /** By long flag name without dashes; a switch is true. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  /** Arguments ROOT; with at least one, `PACKWATCH_ROOTS` and `--roots` are not looked at. */
  readonly roots: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  readonly cores: number;
  /** Reads a file named by a setting; may throw a system error. */
  readFile(path: string): string;
  /** Looks at a file named by a setting; may throw a system error. */
  inspectFile(path: string): FileFacts;
};

export type ConfigResult = {
  /** Undefined when there is a problem. */
  readonly config: Config | undefined;
  readonly problems: readonly ConfigProblem[];
  /** About names that mean nothing; one line each. */
  readonly warnings: readonly string[];
};

/** A setting as `--help` and `config` list it. */
export type SettingInfo = {
  readonly key: keyof SettingValues;
  readonly variable: string;
  /** Long flag, with dashes. */
  readonly flag: string;
  readonly isSwitch: boolean;
  readonly default: string;
  readonly help: string;
};

/** All settings, in the order of the table. */
export const settings: readonly SettingInfo[] = Object.keys(settingTable)
  .filter(isSettingKey)
  .map((key) => {
    const { variable, default: fallback, help, isSwitch = false } = settingTable[key];
    return { key, variable, flag: `--${flagOf(variable)}`, isSwitch, default: fallback, help };
  });

type Draft = {
  readonly values: { -readonly [Key in keyof SettingValues]?: SettingValues[Key] };
  readonly origins: Partial<Record<keyof SettingValues, Origin>>;
  readonly problems: ConfigProblem[];
};

/** Reads every setting. An empty variable counts as not set. Touches nothing but the files that settings name. */
export function readConfig(input: ConfigInput): ConfigResult {
  const draft: Draft = { values: {}, origins: {}, problems: [] };
  for (const { key } of settings) readSetting(key, settingTable[key], input, draft);
  readUrlFile(input, draft, 'databaseUrl', 'databaseUrlFile');
  readUrlFile(input, draft, 'readUrl', 'readUrlFile');
  const tokens = readTokenFile(input, draft);
  checkTogether(draft);
  const config = { ...draft.values, tokens, origins: draft.origins };
  return {
    config: draft.problems.length === 0 && isComplete(config) ? config : undefined,
    problems: draft.problems,
    warnings: unknownVariables(
      input.env,
      settings.map(({ variable }) => variable),
    ),
  };
}

function isComplete(config: object): config is Config {
  return settings.every(({ key }) => Object.hasOwn(config, key));
}

function readSetting<Key extends keyof SettingValues>(
  key: Key,
  setting: Setting<SettingValues[Key]>,
  input: ConfigInput,
  draft: Draft,
): void {
  if (key === 'roots' && input.roots.length > 0) {
    draft.origins.roots = 'flag';
    const read = readRoots(input.roots, input.cwd);
    if ('expected' in read) addProblems(draft, key, read.expected, input.roots.join(' '));
    else draft.values.roots = read.value;
    return;
  }
  const flag = input.flags[flagOf(setting.variable)];
  const variable = input.env[setting.variable];
  const given = flag !== undefined ? String(flag) : variable === '' ? undefined : variable;
  draft.origins[key] = flag !== undefined ? 'flag' : given !== undefined ? 'env' : 'default';
  if (given === undefined) {
    setValue(draft, key, setting.fallback(input, draft.values));
    return;
  }
  const read = setting.read(given, input);
  if ('expected' in read) addProblems(draft, key, read.expected, setting.show ? setting.show(given) : given);
  else setValue(draft, key, read.value);
}

function setValue<Key extends keyof SettingValues>(draft: Draft, key: Key, value: SettingValues[Key]): void {
  Object.assign(draft.values, { [key]: value });
}

/** The file stands for the URL; a flag among the two wins, both alike is a mistake. */
function readUrlFile(
  input: ConfigInput,
  draft: Draft,
  urlKey: 'databaseUrl' | 'readUrl',
  fileKey: 'databaseUrlFile' | 'readUrlFile',
): void {
  const file = draft.values[fileKey];
  const { [urlKey]: urlOrigin, [fileKey]: fileOrigin } = draft.origins;
  if (file === undefined || fileOrigin === undefined) return;
  if (urlOrigin === 'flag' && fileOrigin === 'env') return;
  if (urlOrigin === fileOrigin) {
    const { variable: url } = settingTable[urlKey];
    addProblems(draft, fileKey, [`only one of ${url} and ${settingTable[fileKey].variable}`], file);
    return;
  }
  const read = readFileOf(input, file, (text) => readDatabaseUrl(text, input));
  if ('expected' in read) addProblems(draft, fileKey, read.expected, file);
  else draft.values[urlKey] = read.value;
  draft.origins[urlKey] = 'file';
}

function readTokenFile(input: ConfigInput, draft: Draft): readonly Token[] | undefined {
  const file = draft.values.tokenFile;
  if (file === undefined) return undefined;
  const findFault = () => openTokenFile(file, input.inspectFile(file), input.env['CREDENTIALS_DIRECTORY']);
  const read = readFileOf(input, file, readTokens, findFault);
  if ('value' in read) return read.value;
  addProblems(draft, 'tokenFile', read.expected, file);
  return undefined;
}

function readFileOf<T>(
  input: ConfigInput,
  path: string,
  read: (text: string) => Read<T>,
  findFault: () => string | undefined = () => undefined,
): Read<T> {
  let text: string;
  try {
    text = input.readFile(path);
    const fault = findFault();
    if (fault !== undefined) return refuse(fault);
  } catch (error) {
    // The message of a system error repeats the path; its code says enough.
    return refuse(`a file that can be read (${codeOf(error) ?? 'it cannot'})`);
  }
  return read(text);
}

function checkTogether(draft: Draft): void {
  const { settleMs, settleMaxMs, http, tokenFile, databaseUrl, readUrl } = draft.values;
  if (settleMs !== undefined && settleMaxMs !== undefined && settleMaxMs < settleMs) {
    addProblems(
      draft,
      'settleMaxMs',
      [`at least PACKWATCH_SETTLE_MS, which is ${settleMs}`],
      String(settleMaxMs),
    );
  }
  const isEmbedded = draft.origins.databaseUrl === 'default';
  if (readUrl !== undefined && databaseUrl === undefined && isEmbedded)
    addProblems(
      draft,
      'readUrl',
      ['DATABASE_URL beside it: it is a replica of that'],
      redactDatabaseUrl(readUrl),
    );
  const isTokenFileMissing = Object.hasOwn(draft.values, 'tokenFile') && tokenFile === undefined;
  if (http !== undefined && isTokenFileMissing && !isLoopback(http.host)) {
    const expected = 'a loopback address such as 127.0.0.1:7410, or PACKWATCH_TOKEN_FILE beside it';
    addProblems(draft, 'http', [expected], `${http.host}:${http.port}`);
  }
}

function addProblems(
  draft: Draft,
  key: keyof SettingValues,
  expectations: readonly string[],
  value: string | undefined,
): void {
  const { variable } = settingTable[key];
  const flag = `--${flagOf(variable)}`;
  for (const expected of expectations) {
    const got =
      value === undefined ? 'what was given is not shown' : `got ${JSON.stringify(value.slice(0, 200))}`;
    const message = `${variable} (${flag}): expected ${expected}; ${got}`;
    draft.problems.push({ variable, flag, expected, value, message });
  }
}
