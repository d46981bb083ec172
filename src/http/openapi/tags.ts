// Under which heading an operation stands, by the first word of its path.

export const tags = [
  { name: 'Workflows', description: 'What is served, how it was made, and its history.' },
  { name: 'Packs', description: 'The units in which workflows come and go.' },
  { name: 'Files and roots', description: 'What lies on disk, whether it is registered, and why not.' },
  { name: 'Held removals', description: 'Removals that wait for a person.' },
  { name: 'Changes', description: 'What changed, for those who keep a copy.' },
  { name: 'Daemon', description: 'Health, metrics, and pages for people.' },
] as const;

type Tag = (typeof tags)[number]['name'];

const byWord: Readonly<Record<string, Tag>> = {
  workflows: 'Workflows',
  packs: 'Packs',
  problems: 'Files and roots',
  explain: 'Files and roots',
  wait: 'Files and roots',
  reconcile: 'Files and roots',
  sources: 'Files and roots',
  held: 'Held removals',
  changes: 'Changes',
  events: 'Changes',
};

/** `url` as registered, with the base. */
export function tagOf(url: string): Tag {
  const [, word = ''] = /^(?:\/api\/v1)?\/([^/]*)/.exec(url) ?? [];
  return byWord[word] ?? 'Daemon';
}
