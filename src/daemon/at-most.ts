// A limit on how long a step of the stop may take.

/** Waits for `work` and throws when it takes longer; what it comes to afterwards is nobody's concern. */
export async function atMost(limitMs: number, what: string, work: Promise<void> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
