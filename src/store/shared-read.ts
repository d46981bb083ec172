// One read for all who ask at a time. Nobody is given what was read before they asked: whoever comes while a read is under way shares
// the next one, with all who come until that one is sent.

type Waiter<T> = { resolve(value: T): void; reject(error: unknown): void };

/** Milliseconds for which a read that hangs holds up the next. */
const patienceMs = 50;

/** Rejections are those of `read`; nothing is tried again. */
export function shareRead<T>(read: () => Promise<T>): () => Promise<T> {
  let underWay = 0;
  let waiters: Waiter<T>[] = [];
  let timer: NodeJS.Timeout | undefined;

  const send = (): void => {
    const served = waiters;
    // From here on whoever asks waits for another one.
    waiters = [];
    clearTimeout(timer);
    underWay += 1;
    read()
      .then(
        (value) => {
          for (const { resolve } of served) resolve(value);
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

  return () =>
    new Promise((resolve, reject) => {
      waiters.push({ resolve, reject });
      if (underWay === 0) send();
      else if (waiters.length === 1) timer = setTimeout(send, patienceMs);
    });
}
