// Who may call the API: a bearer token as it is kept, which is never as it was written.

export type TokenRole = 'read' | 'write';

export type Token = {
  /** For the log; 1 to 64 characters of `A-Z a-z 0-9 . _ -`. */
  readonly name: string;
  readonly role: TokenRole;
  /** SHA-256 of the secret, 64 lower-case hex digits: the secret itself is kept nowhere. */
  readonly sha256: string;
};
