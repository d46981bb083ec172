// The text of a token file → tokens, and who else may read it. Secrets are hashed here and go no further. Pure.
import { createHash } from 'node:crypto';
import { isAbsolute, relative } from 'node:path';
import type { Token } from '../model/token.ts';
import { type Read, refuse } from './values.ts';

/** Shorter secrets could be guessed. */
const minSecretLength = 32;

/**
 * One token a line, `name:role:token`; empty lines and lines starting with `#` are skipped. Names are unique, there is
 * at least one token. What is wrong is told by line number: no part of a line is ever repeated.
 */
export function readTokens(text: string): Read<readonly Token[]> {
  const tokens: Token[] = [];
  const expected: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const [, name, role, secret] = /^([A-Za-z0-9._-]{1,64}):(read|write):([\x21-\x7e]+)$/.exec(trimmed) ?? [];
    const place = `line ${index + 1} of the token file`;
    if (name === undefined || secret === undefined || (role !== 'read' && role !== 'write')) {
      expected.push(`name:role:token with role read or write in ${place}`);
    } else if (secret.length < minSecretLength) {
      expected.push(`a token of at least ${minSecretLength} characters in ${place}`);
    } else if (tokens.some((token) => token.name === name)) {
      expected.push(`each name once, but ${place} repeats one`);
    } else {
      tokens.push({ name, role, sha256: createHash('sha256').update(secret).digest('hex') });
    }
  }
  if (expected.length > 0) return { expected };
  return tokens.length === 0 ? refuse('a file with at least one line name:role:token') : { value: tokens };
}

/** What the system says of a file, links followed. */
export type FileFacts = {
  readonly isRegular: boolean;
  /** Of the user this process runs as. */
  readonly isOurs: boolean;
  /** Permission bits. */
  readonly mode: number;
};

/**
 * What to do about a token file that others can read or write, or undefined. Of files that are not ours, such as a mounted secret,
 * the owner alone may be able to write: who may read them cannot be changed by us. A pipe is nobody's to open.
 *
 * @param credentialsDir Where systemd puts credentials; nobody else can enter it, and the files may be readable by a group.
 */
export function openTokenFile(
  path: string,
  { isRegular, isOurs, mode }: FileFacts,
  credentialsDir: string | undefined,
): string | undefined {
  if (!isRegular) return undefined;
  const shown = `its mode is ${mode.toString(8).padStart(4, '0')}`;
  if (!isOurs) {
    return (mode & 0o022) === 0
      ? undefined
      : `a file that its owner alone can change, but ${shown}: chmod go-w ${path}`;
  }
  const isCredential = credentialsDir !== undefined && credentialsDir !== '' && isBelow(path, credentialsDir);
  if ((mode & (isCredential ? 0o037 : 0o077)) === 0) return undefined;
  return `a file that nobody else can read, but ${shown}: chmod 600 ${path}`;
}

function isBelow(path: string, dir: string): boolean {
  const from = relative(dir, path);
  return from !== '' && from !== '..' && !from.startsWith('../') && !isAbsolute(from);
}
