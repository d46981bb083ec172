// text[] as the wire has it: array ⇄ literal. Pure. The driver would ask the server about array types on every new connection, and
// when that question is cut off its rejection reaches nobody and ends the process.

/** OID of text[]. */
export const textArrayOid = 1009;

export type TextArray = readonly (string | null)[];

/** A one-dimensional literal; every text is quoted, so none is taken for NULL. */
export function formatTextArray(items: TextArray): string {
  const quote = (item: string | null) => (item === null ? 'NULL' : `"${item.replaceAll(/["\\]/g, '\\$&')}"`);
  return `{${items.map(quote).join(',')}}`;
}

/** The elements of a one-dimensional literal. */
export function parseTextArray(literal: string): TextArray {
  return [...literal.matchAll(/"((?:[^"\\]|\\.)*)"|([^{},"]+)/gs)].map(([, quoted, bare]) => {
    if (quoted !== undefined) return quoted.replaceAll(/\\(.)/gs, '$1');
    return bare === 'NULL' || bare === undefined ? null : bare;
  });
}
