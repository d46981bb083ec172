export type Asked = {
  readonly method: string;
  /** As it goes over the wire. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
};

export type Answered = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
};

export type ApiClient = {
  /** Fails after `limitMs`: a request must not hang. Of a stream of events the first part alone is read. */
  ask(asked: Asked, limitMs?: number): Promise<Answered>;
  close(): void;
};

/** `url`: base of a listener. */
export function createApiClient(url: string): ApiClient;
