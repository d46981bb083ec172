// One setting's text → its value, or what was expected instead. Pure.
import { BlockList, isIP } from 'node:net';
import { resolve } from 'node:path';

/** What reading a text gave: a value, or sentences saying what was expected. */
export type Read<T> = { readonly value: T } | { readonly expected: readonly string[] };

/** What a reader may look at besides the text. */
export type ReadContext = {
  /** Absolute; relative paths of settings are resolved against it. */
  readonly cwd: string;
  /** Reads a file whole; throws a system error. */
  readFile(path: string): string;
};

export type ReadValue<T> = (text: string, context: ReadContext) => Read<T>;

/** Where the HTTP listener is opened; `host` without brackets, port 0 takes any free one. */
export type ListenAddress = { readonly host: string; readonly port: number };

export function refuse(...expected: readonly string[]): { readonly expected: readonly string[] } {
  return { expected };
}

/** Whole numbers within bounds, both included; no sign, no exponent, no unit. */
export function wholeNumber(min: number, max: number): ReadValue<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? { value } : refuse(`a whole number from ${min} to ${max}`);
  };
}

export function oneOf<const T extends string>(...names: readonly T[]): ReadValue<T> {
  return (text) => {
    const value = names.find((name) => name === text);
    return value === undefined ? refuse(`one of ${names.join(', ')}`) : { value };
  };
}

export const readBoolean: ReadValue<boolean> = (text) => {
  if (text === 'true' || text === '1') return { value: true };
  if (text === 'false' || text === '0') return { value: false };
  return refuse('true or false');
};

/** `0` or a percentage; the value is 0 to 100. */
export const readPercent: ReadValue<number> = (text) => {
  if (text === '0') return { value: 0 };
  const value = /^\d{1,3}(\.\d{1,3})?%$/.test(text) ? Number(text.slice(0, -1)) : Number.NaN;
  return value <= 100 ? { value } : refuse('0, or a percentage from 0% to 100%');
};

export const readPath: ReadValue<string> = (text, context) =>
  text === '' || text.includes('\0') ? refuse('a path') : { value: resolve(context.cwd, text) };

/** A name that needs no quotes in SQL and fits a NOTIFY channel. */
export const readSchemaName: ReadValue<string> = (text) =>
  /^[a-z_][a-z0-9_]{0,62}$/.test(text) && !text.startsWith('pg_') && text !== 'information_schema'
    ? { value: text }
    : refuse('a name of at most 63 characters a-z, 0-9 and _, not starting with a digit or pg_');

/** `host:port`, `[v6]:port`, or `off`, which is undefined. */
export const readListenAddress: ReadValue<ListenAddress | undefined> = (text) => {
  if (text === 'off') return { value: undefined };
  const [, v6, name, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = v6 ?? name;
  const port = Number(digits);
  if (host === undefined || port > 65_535 || (v6 !== undefined && isIP(v6) !== 6)) {
    return refuse('host:port such as 127.0.0.1:7410 or [::1]:7410, or off');
  }
  return { value: { host, port } };
};

/** Host headers, separated by commas; each with or without a port. Without one any port is meant. */
export const readHostList: ReadValue<readonly string[]> = (text) => {
  const hosts = text.split(',').map((host) => host.trim().toLowerCase());
  return hosts.every((host) => /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/.test(host))
    ? { value: hosts }
    : refuse('host names separated by commas, such as packwatch.example,localhost');
};

export const readHttpUrl: ReadValue<string> = (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && url.username === '' && url.password === '';
  return isPlain && (url.protocol === 'http:' || url.protocol === 'https:')
    ? { value: text.replace(/\/+$/, '') }
    : refuse('an http:// or https:// address without user or password');
};

/** True when only processes of this machine can connect: decided on the parsed address, never on a prefix. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host.toLowerCase() === 'localhost';
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  return loopback.check(host, family === 6 ? 'ipv6' : 'ipv4');
}
