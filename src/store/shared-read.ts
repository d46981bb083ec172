// One read for all who ask at a time. Nobody is given what was read before they asked: whoever comes while a read is under way shares
// the next one, with all who come until that one is sent.

type Waiter<Key, T> = { readonly key: Key; resolve(value: T): void; reject(error: unknown): void };

/** Milliseconds for which a read that hangs holds up the next. */
const patienceMs = 50;

/** `read` is given what is asked for, each once, and gives what it found for each. Rejections are its own; nothing is tried again. */
export function shareReads<Key, T>(
  read: (keys: readonly Key[]) => Promise<(key: Key) => T>,
): (key: Key) => Promise<T> {
  let underWay = 0;
  let waiters: Waiter<Key, T>[] = [];
  let timer: NodeJS.Timeout | undefined;

  const send = (): void => {
    const served = waiters;
    // From here on whoever asks waits for another one.
    waiters = [];
    clearTimeout(timer);
    underWay += 1;
    read([...new Set(served.map(({ key }) => key))])
      .then(
        (found) => {
          for (const { key, resolve } of served) resolve(found(key));
        },
        (error) => {
          for (const { reject } of served) reject(error);
        },
      )
      .finally(() => {
        underWay -= 1;
        if (waiters.length > 0) send();
      });
  };

  return (key) =>
    new Promise((resolve, reject) => {
      waiters.push({ key, resolve, reject });
      if (underWay === 0) send();
      else if (waiters.length === 1) timer = setTimeout(send, patienceMs);
    });
}

/** As `shareReads`, where all ask the same. */
export function shareRead<T>(read: () => Promise<T>): () => Promise<T> {
  const ask = shareReads<'all', T>(async () => {
    const value = await read();
    return () => value;
  });
  return () => ask('all');
}
