// Why an archive is not read: thrown wherever in it that is seen, told by `readArchive` as a value.

/** Never leaves this folder. The message is for whoever made the archive. */
export class ArchiveRefusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ArchiveRefusal';
  }
}

const howToMake =
  'make it anew with `tar czf PACK.tar.gz PACK`, or give the directory to `packwatch pack install`';

/** Throws. `what` names the entry or place and what is expected of it, `advice` what to do. */
export function refuse(what: string, advice: string = howToMake): never {
  throw new ArchiveRefusal(`${what}; ${advice}`);
}

const maxShown = 100;

/** A name out of an archive in quotes: nothing in it moves a terminal's cursor or hides. */
export function shown(name: string): string {
  const cut = name.length > maxShown ? `${name.slice(0, maxShown)}…` : name;
  const escaped = cut.replace(/["\\]|[^\P{C}]|[^\P{Z} ]/gu, (one) =>
    one === '"' || one === '\\' ? `\\${one}` : `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return `"${escaped}"`;
}
