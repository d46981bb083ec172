// The calls on the file systems of roots, given up when one does not answer, such as that of a server that is gone: a call that waits
// keeps one of the few threads of the pool for as long as it does, and with them all used up no root could be looked at.
//
// A root: answering → silent (a call has been under way for too long; every further one fails at once) → answering (those that were
// under way have ended).
import type { Root, SourceName } from '../model/pack.ts';
import { type FileAccess, pooled } from './file-access.ts';

export type RootAccess = FileAccess & {
  /** True while further calls fail at once. */
  isSilent(): boolean;
  /** Asks, by one call whoever asks meanwhile. Rejects where there is no answer; what the answer says is no matter. */
  ask(): Promise<void>;
  /** Gives up on work of several calls like on one. */
  within<Value>(work: () => Promise<Value>): Promise<Value>;
};

export type RootAccessOptions = {
  readonly roots: readonly Root[];
  /** @default by the pool of threads */
  readonly access?: FileAccess;
  /** Milliseconds until a call is given up; a second more where it begins between two beats. @default 10 000 */
  readonly limitMs?: number;
  /** A root does not answer any more. */
  readonly onSilent?: (source: SourceName, limitMs: number) => void;
  /** It does again. */
  readonly onAnswer?: (source: SourceName) => void;
};

export type RootAccesses = {
  /** What is behind one root says nothing of the others. */
  of(source: SourceName): RootAccess;
  /** From now on calls are given up after a tenth of the limit: nobody waits any longer at a stop. */
  hurry(): void;
};

/** Of a limit. */
const limitBeats = 10;

export function createRootAccesses(options: RootAccessOptions): RootAccesses {
  const { access = pooled, limitMs = 10_000, onSilent, onAnswer } = options;
  const patience: Patience = { limitMs, beats: limitBeats };
  const accesses = new Map(
    options.roots.map((root) => {
      const { source } = root;
      const told = {
        onSilent: () => onSilent?.(source, limitMs),
        onAnswer: () => onAnswer?.(source),
      };
      return [source, createRootAccess(root, access, patience, told)];
    }),
  );
  return {
    of(source) {
      const found = accesses.get(source);
      if (found === undefined) throw new Error(`no root is configured for ${source}`);
      return found;
    },
    hurry() {
      patience.beats = 1;
    },
  };
}

/** `beats`: after how many a call is given up. */
type Patience = { readonly limitMs: number; beats: number };

type Told = { onSilent(): void; onAnswer(): void };

type Call = { age: number; giveUp(): void };

function createRootAccess(root: Root, inner: FileAccess, patience: Patience, told: Told): RootAccess {
  const { limitMs } = patience;
  const underWay = new Set<Call>();
  let isSilent = false;
  let heart: NodeJS.Timeout | undefined;
  let asking: Promise<void> | undefined;

  // Counted in beats, not by the clock: a process that stood still has not waited for anybody.
  const beat = () => {
    for (const call of [...underWay]) {
      call.age += 1;
      if (call.age <= patience.beats) continue;
      if (!isSilent) told.onSilent();
      isSilent = true;
      call.giveUp();
    }
    if (underWay.size === 0) {
      clearInterval(heart);
      heart = undefined;
    }
  };

  const end = (call: Call) => {
    underWay.delete(call);
    if (!isSilent || underWay.size > 0) return;
    isSilent = false;
    told.onAnswer();
  };

  const silence = () =>
    Object.assign(new Error(`the file system of ${root.path} has not answered for ${limitMs / 1000} s`), {
      code: 'ETIMEDOUT',
    });

  /** `late`: what is done with an answer that nobody waits for any more. */
  const limited = <Value>(begin: () => Value | Promise<Value>, late?: (value: Value) => void) =>
    new Promise<Value>((resolve, reject) => {
      if (isSilent) {
        reject(silence());
        return;
      }
      heart ??= setInterval(beat, limitMs / limitBeats).unref();
      let isGivenUp = false;
      const call: Call = {
        age: 0,
        giveUp() {
          isGivenUp = true;
          reject(silence());
        },
      };
      underWay.add(call);
      const settle = async () => {
        try {
          const value = await begin();
          if (isGivenUp) late?.(value);
          resolve(value);
        } catch (error) {
          reject(error);
        } finally {
          end(call);
        }
      };
      void settle();
    });

  const close = (file: number) => limited(() => inner.close(file));
  /** Whenever that may be; nobody waits for it. */
  const giveBack = async (file: number) => {
    try {
      await inner.close(file);
    } catch {
      // The system gives up the descriptor all the same.
    }
  };

  return {
    realpath: (path) => limited(() => inner.realpath(path)),
    readdir: (path) => limited(() => inner.readdir(path)),
    lstat: (path) => limited(() => inner.lstat(path)),
    stat: (path) => limited(() => inner.stat(path)),
    open: (path, flags) => limited(() => inner.open(path, flags), giveBack),
    fstat: (file) => limited(() => inner.fstat(file)),
    read: (file, buffer, offset) => limited(() => inner.read(file, buffer, offset)),
    close: (file) => (isSilent ? void giveBack(file) : close(file)),
    within: limited,
    isSilent: () => isSilent,
    ask() {
      asking ??= limited(() => inner.stat(root.path))
        .then(
          () => undefined,
          (error: unknown) => {
            if (isSilent) throw error;
          },
        )
        .finally(() => {
          asking = undefined;
        });
      return asking;
    },
  };
}
