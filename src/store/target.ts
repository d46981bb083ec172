// Where the database is, as the driver takes it. In: a URL as libpq understands it, or a socket directory. Pure.

/** The embedded server's socket directory, port, user and database. */
export type SocketTarget = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
};

/** A URL for the driver, and what goes beside it. */
export type DriverTarget = {
  readonly url: string | undefined;
  readonly options: Partial<SocketTarget>;
  /** Then the writable one is to be found. */
  readonly hasSeveralHosts: boolean;
};

/**
 * The driver takes `?host=` and `?port=` for server settings and knows no URL without a host, so both are translated:
 * `postgresql://user@/database?host=/run/postgresql` is how libpq names a unix socket.
 */
export function driverTarget(target: string | SocketTarget): DriverTarget {
  if (typeof target !== 'string') return { url: undefined, options: target, hasSeveralHosts: false };
  const [base = '', query = ''] = target.split(/\?(.*)/s);
  const parameters = new URLSearchParams(query);
  const host = parameters.get('host');
  const port = parameters.get('port');
  parameters.delete('host');
  parameters.delete('port');
  const rest = parameters.toString();
  const named = base.replace(/^([a-z]+:\/\/[^@/]*@)(?=\/|$)/, '$1localhost');
  const hosts = host || /^[a-z]+:\/\/(?:[^@/]*@)?([^/]*)/.exec(base)?.[1] || '';
  return {
    url: rest === '' ? named : `${named}?${rest}`,
    options: { ...(host ? { host } : {}), ...(port ? { port: Number(port) } : {}) },
    hasSeveralHosts: hosts.includes(','),
  };
}
