// A last resort for files that cannot be parsed: the plain value of a top-level key, by its line.

/** The value of `key` where it stands alone at the start of a line (`ref: a.b`); undefined when it does not. */
export function scanKey(text: string, key: string): string | undefined {
  const line = new RegExp(
    `^${key}:[ \\t]+(?:"([^"\\\\\\r\\n]*)"|'([^'\\r\\n]*)'|([^\\s"'#&*!|>{[%@\`][^\\s#]*))[ \\t]*(?:#.*)?\\r?$`,
    'm',
  );
  const found = line.exec(text);
  return found?.[1] ?? found?.[2] ?? found?.[3];
}
