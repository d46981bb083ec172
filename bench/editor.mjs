// Saves as an editor makes them, in a generated root; and what a daemon takes to make each live.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../test/long/harness.mjs';

/** Each edit gives another version to one workflow, in place and renamed over in turn; it returns when that is done. */
export function createEditor({ place, root }, random) {
  const files = readdirSync(root).flatMap((pack) =>
    readdirSync(join(root, pack, 'workflows')).map((name) => `${pack}/workflows/${name}`),
  );
  let count = 0;
  return {
    save() {
      count += 1;
      const path = random.pick(files);
      const before = readFileSync(place.at(path), 'utf8');
      const text = before.replace(/^version: .*$/m, `version: 77.${count}.0`);
      if (count % 2 === 0) place.save(path, text);
      else writeFileSync(place.at(path), text);
    },
  };
}

/** Times of notifications; `after` resolves with the milliseconds from now to the next one. */
export async function listenForCommits(sql) {
  const notices = [];
  await sql.listen('packwatch', () => notices.push(performance.now()));
  return {
    async after(act) {
      const seen = notices.length;
      act();
      const savedMs = performance.now();
      await until('the notification', () => notices.length > seen, 60_000, 2);
      return notices[seen] - savedMs;
    },
  };
}
