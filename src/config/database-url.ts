// A Postgres URL: is it one, and how may it be shown. Pure.
import { type ReadValue, refuse } from './values.ts';

const urlForm =
  /^(postgres(?:ql)?:\/\/)(?:([^:@/?#]*)(:[^@/?#]*)?@)?([A-Za-z0-9._,:%[\]-]*)(\/[^/?#@]*)?(?:\?([^#@]*))?$/;
const hostForm = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._%-]+)(?::\d{1,5})?$/;

/** Parameters that are no secret; every other is left out when the URL is shown. */
const shownParameters = new Set([
  'application_name',
  'connect_timeout',
  'host',
  'port',
  'sslmode',
  'sslrootcert',
  'target_session_attrs',
]);

/**
 * Accepts one or several hosts. Characters that would make the end of the password ambiguous (`@ / ? #` as they are)
 * are refused, so that what is shown of an accepted URL can never hold a part of it.
 */
export const readDatabaseUrl: ReadValue<string> = (text) => {
  const value = text.trim();
  return redactDatabaseUrl(value) === undefined
    ? refuse(
        'postgres://user:password@host:5432/database, several hosts separated by commas, with @ / ? # : of a password percent-encoded',
      )
    : { value };
};

/** The URL without password and without parameters that may be secret; undefined when it is no such URL. */
export function redactDatabaseUrl(text: string): string | undefined {
  const match = urlForm.exec(text);
  if (match === null) return undefined;
  const [, scheme, user, password, hosts = '', path = '', query] = match;
  const isHostless = hosts === '';
  if (!isHostless && !hosts.split(',').every((host) => hostForm.test(host))) return undefined;
  const credentials = user === undefined ? '' : `${user}${password === undefined ? '' : ':***'}@`;
  const shown = (query ?? '').split('&').filter((pair) => shownParameters.has(pair.split('=', 1)[0] ?? ''));
  return `${scheme}${credentials}${hosts}${path}${shown.length === 0 ? '' : `?${shown.join('&')}`}`;
}
