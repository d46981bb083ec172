// Effective settings → what of them may be shown to anybody: each with its origin, none with a secret. Pure.
import { type Config, type SettingInfo, settings } from '../config.ts';
import { redactDatabaseUrl } from './database-url.ts';
import type { SettingValues } from './setting-values.ts';
import type { ListenAddress } from './values.ts';

export type ShownOrigin = 'flag' | 'environment' | 'file' | 'default';

export type ShownSetting = {
  readonly variable: string;
  /** Long flag, with dashes. */
  readonly flag: string;
  /** Paths are absolute; null where there is none. */
  readonly value: string | number | boolean | readonly string[] | null;
  readonly origin: ShownOrigin;
  /** The flag, the variable or the file that it was read from; null for a default. */
  readonly from: string | null;
};

/** All settings in the order of `--help`. `env`: a default may come from a variable that is no setting of ours. */
export function showSettings(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  isRootGiven: boolean,
): readonly ShownSetting[] {
  return settings.map((info) => {
    const { variable, flag, key } = info;
    return { variable, flag, value: shownValue(config, key), ...showOrigin(config, info, env, isRootGiven) };
  });
}

function showOrigin(
  config: Config,
  { key, variable, flag }: SettingInfo,
  env: Readonly<Record<string, string | undefined>>,
  isRootGiven: boolean,
): Pick<ShownSetting, 'origin' | 'from'> {
  const origin = config.origins[key];
  switch (origin) {
    case 'flag':
      return { origin, from: key === 'roots' && isRootGiven ? 'ROOT' : flag };
    case 'env':
      return { origin: 'environment', from: variable };
    case 'file':
      return { origin, from: config.databaseUrlFile ?? null };
    case 'default':
      return key === 'stateDir' && env['STATE_DIRECTORY']
        ? { origin: 'environment', from: 'STATE_DIRECTORY' }
        : { origin, from: null };
    default:
      return origin satisfies never;
  }
}

function shownValue(config: Config, key: keyof SettingValues): ShownSetting['value'] {
  switch (key) {
    case 'databaseUrl':
      return config.databaseUrl === undefined ? 'embedded' : (redactDatabaseUrl(config.databaseUrl) ?? '***');
    case 'roots':
      return config.roots.map(({ source, path }) => `${source.slice('root:'.length)}=${path}`);
    case 'http':
      return config.http === undefined ? 'off' : showAddress(config.http);
    case 'token':
      return config.token === undefined ? null : '***';
    case 'url':
      return showUrl(config.url);
    case 'pruneMaxPercent':
      return `${config.pruneMaxPercent}%`;
    default:
      return config[key] ?? null;
  }
}

function showAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Without what stands behind `?` and `#`, where some put a token. */
function showUrl(text: string): string {
  const [plain = '', rest] = text.split(/[?#]/, 2);
  return rest === undefined ? plain : `${plain}?***`;
}
