// A pack: the columns of its row and two counts.
import { count, flag, list, mapping, object, orNull, text, time } from './shapes.ts';
import { sourceText, statusWord } from './workflows.ts';

const words = (description: string) => list(description, { type: 'string' });

export const packSchemas = {
  Pack: object('A pack: what its manifest says, and how it got here.', {
    id: count('Stays the same until the pack is purged.', { examples: [1] }),
    ref: text('Its name.', { maxLength: 64, examples: ['ops'] }),
    label: text('Name for people.', { examples: ['Operations'] }),
    description: orNull(text('What it is for.')),
    version: text('A semantic version.', { examples: ['1.2.0'] }),
    conf_schema: mapping('JSON Schema of its configuration.'),
    config: mapping('Its configuration.'),
    meta: mapping('What else the manifest says.'),
    tags: words('As its author wrote them.'),
    runtime_deps: words('Runtimes its actions need.'),
    dependencies: words('Packs it needs.'),
    is_standard: flag('It comes with the platform.'),
    installers: { description: 'Kept for platforms that install packs; not used here.' },
    source_type: orNull(text('Kept for platforms that install packs.')),
    source_url: orNull(text('Kept for platforms that install packs.')),
    source_ref: orNull(text('Kept for platforms that install packs.')),
    checksum: orNull(text('Kept for platforms that install packs.')),
    checksum_verified: orNull(flag('Kept for platforms that install packs.')),
    installed_at: orNull(time('Kept for platforms that install packs.')),
    installed_by: orNull(count('Kept for platforms that install packs.')),
    installation_method: orNull(text('Kept for platforms that install packs.')),
    storage_path: orNull(text('Kept for platforms that install packs.')),
    source: sourceText('The root it comes from, or `api`.'),
    source_path: orNull(text('Its directory below the root.', { examples: ['ops'] })),
    status: statusWord,
    generation: count('Goes up with every change of the pack’s rows.', { examples: [12] }),
    created: time('When it was registered first.'),
    updated: time('When it changed last.'),
    workflow_count: count('Definitions that are not retired.', { examples: [4] }),
    problem_count: count('Files of the pack that `/problems` lists.', { examples: [0] }),
  }),
};
