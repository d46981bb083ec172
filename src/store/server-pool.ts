// The connections to the server that is used now: opened when they are first needed, made anew where they are stuck, and left for those
// to another host when that one is the primary.
import { unreachable } from './database-errors.ts';
import type { Hosts } from './primary.ts';

/** `running`: statements that have neither ended nor been given up. */
export type Pool<Place, Sql> = { readonly sql: Sql; readonly place: Place; running: number };

export type ServerPool<Place, Sql> = {
  /** Rejects with `AppError` `database_unreachable` when no host takes writes. */
  current(): Promise<Pool<Place, Sql>>;
  /** Makes the connections anew, unless that was done already. */
  renew(used: Pool<Place, Sql>): void;
  /** A statement failed in a way that another host may be the primary. */
  doubt(used: Pool<Place, Sql>): void;
  isClosed(): boolean;
  close(timeoutS: number): Promise<void>;
};

export type ServerPoolOptions<Place, Sql> = {
  readonly hosts: Hosts<Place>;
  /** Opens nothing yet. */
  open(place: Place): Sql;
  end(sql: Sql, timeoutS: number): Promise<void>;
};

export function createServerPool<Place, Sql>(options: ServerPoolOptions<Place, Sql>): ServerPool<Place, Sql> {
  const { hosts } = options;
  let pool: Pool<Place, Sql> | undefined;
  let isClosed = false;

  const open = (place: Place): Pool<Place, Sql> => ({ sql: options.open(place), place, running: 0 });
  const replace = (used: Pool<Place, Sql>, place: Place) => {
    const fresh = open(place);
    pool = fresh;
    // What else is in flight there fails as a lost connection, which is retried.
    options.end(used.sql, 0).catch(() => undefined);
    return fresh;
  };

  return {
    async current() {
      const place = hosts.known() ?? (await hosts.find());
      if (isClosed) throw unreachable('the pool is closed');
      pool ??= open(place);
      return pool.place === place ? pool : replace(pool, place);
    },
    renew(used) {
      if (pool === used && !isClosed) replace(used, used.place);
    },
    doubt: ({ place }) => hosts.doubt(place),
    isClosed: () => isClosed,
    async close(timeoutS) {
      isClosed = true;
      if (pool) await options.end(pool.sql, timeoutS);
    },
  };
}
