export type EventBlock = {
  readonly id?: number;
  readonly retry?: number;
  readonly event?: string;
  readonly data?: Record<string, unknown>;
};

export function readBlocks(body: AsyncIterable<Uint8Array>): AsyncGenerator<EventBlock, void>;
