// Counts, durations and moments in words. Pure.

/** `1 file`, `2 files`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${group(number)} ${number === 1 ? one : many}`;
}

/** Digits in groups of three from five digits on. */
export function group(number: number): string {
  return number < 10_000 ? String(number) : String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `230 ms`, `1.2 s`. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** `10:20:30`, in UTC, of an ISO timestamp. */
export function timeOfDay(timestamp: string): string {
  return timestamp.slice(11, 19);
}

/** `2031-05-04 10:20`, in UTC, of an ISO timestamp. */
export function minute(timestamp: string): string {
  return timestamp.replace('T', ' ').slice(0, 16);
}
