// Where the database is, as the driver takes it. In: a URL as libpq understands it, or a socket directory. Pure.

/** The embedded server's socket directory, port, user and database. */
export type SocketTarget = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
};

/** One server: a URL for the driver, and what goes beside it. */
export type DriverTarget = {
  /** Host and port, for people. */
  readonly name: string;
  readonly url: string | undefined;
  readonly options: Partial<Pick<SocketTarget, 'user' | 'database'>> & {
    /** In a list unless it is a socket directory: a text the driver takes apart at commas and colons. */
    readonly host?: string | string[];
    readonly port?: number | number[];
  };
};

type Host = { readonly host: string; readonly port: number };

const defaultPort = 5432;

/**
 * The servers of a target in its order, one unless several hosts are named. The driver takes `?host=` and `?port=` for server
 * settings and knows no URL without a host, so both are translated: `postgresql://user@/database?host=/run/postgresql` is how libpq
 * names a unix socket. As with libpq each host has a port of its own, `?port=` a list or one for all.
 */
export function driverTargets(target: string | SocketTarget): readonly DriverTarget[] {
  if (typeof target !== 'string') return [{ name: target.host, url: undefined, options: target }];
  const [base = '', query = ''] = target.split(/\?(.*)/s);
  const parameters = new URLSearchParams(query);
  const host = parameters.get('host') ?? '';
  const port = parameters.get('port') ?? '';
  parameters.delete('host');
  parameters.delete('port');
  const [, head = '', authority = '', path = ''] = /^([a-z]+:\/\/(?:[^@/]*@)?)([^/]*)(.*)$/s.exec(base) ?? [];
  const urlOf = (place: string) => {
    const rest = parameters.toString();
    return `${head}${place || 'localhost'}${path}${rest === '' ? '' : `?${rest}`}`;
  };
  const hosts = host === '' ? hostsOf(authority) : pairHosts(host, port);
  if (hosts.length === 1) {
    const options = { ...(host ? { host } : {}), ...(port ? { port: Number(port) } : {}) };
    const isLiteral = host === '' && authority.startsWith('[');
    return [
      {
        name: host || authority || 'localhost',
        url: urlOf(authority),
        options: isLiteral ? (hosts.map(placeOf)[0] ?? {}) : options,
      },
    ];
  }
  // Which one is to be used is found out here, not by the driver.
  parameters.delete('target_session_attrs');
  return hosts.map((one) => ({ name: nameOf(one), url: urlOf(''), options: placeOf(one) }));
}

function hostsOf(authority: string): readonly Host[] {
  return authority.split(',').map((one) => {
    const [, name = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(one) ?? [];
    return { host: decodeURIComponent(name.replace(/^\[|\]$/g, '')), port: Number(port ?? defaultPort) };
  });
}

function pairHosts(hosts: string, ports: string): readonly Host[] {
  const numbers = ports.split(',').map((port) => Number(port) || defaultPort);
  return hosts.split(',').map((host, at) => ({ host, port: numbers[at] ?? numbers[0] ?? defaultPort }));
}

function placeOf({ host, port }: Host): DriverTarget['options'] {
  return host.startsWith('/') ? { host, port } : { host: [host || 'localhost'], port: [port] };
}

function nameOf({ host, port }: Host): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
