// Messages to a service manager, one after the other. What could not be sent stays first in line, and what only says how things are
// is replaced by what says it later: the line is short whatever happens.
import type { Message, Sender } from './send.ts';

export type Notifier = {
  tell(message: Message): void;
  /** The beginning of a reload. One that was not told yet, and its end, are told as this one. */
  tellReload(message: Message): void;
  /** Tries again what could not be sent. */
  retry(): void;
  /** Resolves when nothing is on its way any more. */
  settled(): Promise<void>;
};

export type NotifierOptions = {
  readonly send: Sender['send'];
  /** Once, until a message gets through again. */
  onTrouble(error: unknown): void;
};

/** States that are entered by a message and must not be missed, each in its place. */
const states = ['READY', 'RELOADING', 'STOPPING'];

export function createNotifier({ send, onTrouble }: NotifierOptions): Notifier {
  let waiting: Message[] = [];
  let sending: Promise<void> | undefined;
  let isTroubled = false;

  const drain = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        await send(next);
        isTroubled = false;
      } catch (error) {
        // A sign of life is good for its moment only.
        const { WATCHDOG: _, ...kept } = next;
        if (Object.keys(kept).length > 0) waiting.unshift(kept);
        if (!isTroubled) onTrouble(error);
        isTroubled = true;
        return;
      }
    }
  };

  const begin = () => {
    sending ??= drain().finally(() => {
      sending = undefined;
    });
  };

  return {
    tell(message) {
      const last = waiting.at(-1);
      if (last !== undefined && !states.some((name) => name in message))
        waiting[waiting.length - 1] = { ...last, ...message };
      else waiting.push(message);
      begin();
    },
    tellReload(message) {
      waiting = [...waiting.filter((one) => !('READY' in one || 'RELOADING' in one)), message];
      begin();
    },
    retry() {
      if (waiting.length > 0) begin();
    },
    settled: () => sending ?? Promise.resolve(),
  };
}
