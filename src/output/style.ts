// How text for people is dressed: a record of functions, plain or with ANSI codes. Which one is the caller's choice.

/** Each takes a piece of one line and returns it dressed. */
export type Style = {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly blue: (text: string) => string;
  readonly cyan: (text: string) => string;
};

const same = (text: string): string => text;

export const plainStyle: Style = {
  bold: same,
  dim: same,
  red: same,
  green: same,
  yellow: same,
  blue: same,
  cyan: same,
};

export const ansiStyle: Style = {
  bold: dress(1, 22),
  dim: dress(2, 22),
  red: dress(31, 39),
  green: dress(32, 39),
  yellow: dress(33, 39),
  blue: dress(34, 39),
  cyan: dress(36, 39),
};

/** Nothing is written around nothing: an empty piece would leave codes at the end of a line. */
function dress(open: number, close: number): (text: string) => string {
  return (text) => (text === '' ? '' : `\u001b[${open}m${text}\u001b[${close}m`);
}
