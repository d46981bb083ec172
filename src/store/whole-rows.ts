// Trap of the driver: it counts the rows of an answer in a variable of the connection, which an answer that breaks off does not set
// back. The rows of the next answer begin behind as many holes: its first row is undefined, its length too large.

/** The same rows without the holes before them. */
export function withoutHoles<Rows>(rows: Rows): Rows {
  if (!Array.isArray(rows) || rows.length === 0 || 0 in rows) return rows;
  let first = 1;
  while (first < rows.length && !(first in rows)) first += 1;
  rows.splice(0, first);
  return rows;
}
