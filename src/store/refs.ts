// What can be in a column of names at all: anything else need not be asked for, and NUL would be an error of the statement. Pure.

export function isWorkflowRef(text: string): boolean {
  return /^[a-z][a-z0-9_-]+\.[a-z0-9][a-z0-9_-]*$/.test(text);
}

export function isPackRef(text: string): boolean {
  return /^[a-z][a-z0-9_-]+$/.test(text);
}

/** True for text that no column holds. */
export function isNowhere(text: string | undefined): boolean {
  return text?.includes('\0') ?? false;
}
