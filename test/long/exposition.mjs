// What a daemon says at /metrics, second by second → input series of promtool's tests, with the state going on as it was seen last.
import { setTimeout as sleep } from 'node:timers/promises';

/** Scrapes every second while it is told to, as a server of Prometheus would; what does not answer is down. */
export function startScraping(targets) {
  const scrapes = [];
  const begunMs = performance.now();
  const begunS = Date.now() / 1000;
  let isOver = false;
  const scrapeOne = async (base) => {
    try {
      const answer = await fetch(`${base}/metrics`, {
        headers: { connection: 'close' },
        signal: AbortSignal.timeout(5_000),
      });
      return parse(await answer.text());
    } catch {
      return undefined; // its `up` is 0
    }
  };
  const running = (async () => {
    for (let at = 1; !isOver; at += 1) {
      scrapes.push(await Promise.all(targets().map(scrapeOne)));
      await sleep(Math.max(0, begunMs + at * 1_000 - performance.now()));
    }
  })();
  return {
    count: () => scrapes.length,
    async stop() {
      isOver = true;
      await running;
      return { scrapes, begunS };
    },
  };
}

function parse(text) {
  const series = new Map();
  for (const [, name, labels = '', value] of text.matchAll(/^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/gm))
    series.set(`${name}{${labels}`, Number(value));
  const counters = new Set(
    [...text.matchAll(/^# TYPE (\S+) (?:counter|histogram)$/gm)].map(([, name]) => name),
  );
  return { series, counters };
}

/** Samples at the end from which it is reckoned how a series goes on. */
export const tail = 7;

/**
 * Series at one sample a second: what was scraped, then `more` seconds as in the last ones. A time that moved on keeps moving, counters
 * go on only if what was done to the daemon is said to go on, every other value stays. Unix times are counted from the first scrape, as
 * promtool's are.
 */
export function toSeries({ scrapes, begunS }, { more, goesOn, instances }) {
  return instances.flatMap((instance, at) => {
    const seen = scrapes.map((one) => one[at]);
    const keys = new Set(seen.flatMap((one) => [...(one?.series.keys() ?? [])]));
    const up = seen.map((one) => (one === undefined ? 0 : 1));
    const own = [...keys].map((key) => {
      const name = key.slice(0, key.indexOf('{'));
      const values = seen.map((one) => one?.series.get(key));
      const slope = goesOn && isCounter(name, seen) ? slopeOf(values) : 0;
      const series = seriesName(key, instance);
      if (name === 'process_start_time_seconds')
        return { series, values: notation(values.map(since(begunS)), 0, more) };
      if (!name.endsWith('_timestamp_seconds')) return { series, values: notation(values, slope, more) };
      return { series, values: notation(values.map(since(begunS)), slopeOf(values) > 0 ? 1 : 0, more) };
    });
    return [{ series: seriesName('up{', instance), values: notation(up, 0, more) }, ...own];
  });
}

/** A time that was never set says 0. */
const since = (begunS) => (value) => (value === undefined || value === 0 ? value : value - begunS);

function slopeOf(values) {
  const [before, last] = [values.at(-tail), values.at(-1)];
  return before === undefined || last === undefined ? 0 : (last - before) / (tail - 1);
}

function isCounter(name, seen) {
  const base = name.replace(/_(?:bucket|sum|count)$/, '');
  return seen.some((one) => one?.counters.has(name) || one?.counters.has(base));
}

function seriesName(key, instance) {
  const [name, labels] = [key.slice(0, key.indexOf('{')), key.slice(key.indexOf('{') + 1)];
  return `${name}{${labels}${labels === '' ? '' : ','}job="packwatch",instance="${instance}"}`;
}

function notation(values, slope, more) {
  const given = values.map((value) => (value === undefined ? '_' : String(value)));
  const last = values.at(-1);
  // Gone with its daemon.
  if (last === undefined) return [...given, 'stale'].join(' ');
  return [...given, `${last + slope}+${slope}x${more}`].join(' ');
}
