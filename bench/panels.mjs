// Curves over one axis, each in a panel of its own, both axes logarithmic: a straight line that climbs as the dashed one is linear.
const width = 420;
const height = 300;
const margin = { left: 60, right: 40, top: 40, bottom: 50 };
const columns = 2;

/** An SVG document; every value is above 0. */
export function drawPanels(axis, xs, panels) {
  const rows = Math.ceil(panels.length / columns);
  const parts = panels.map((panel, at) => {
    const [left, top] = [(at % columns) * width, Math.floor(at / columns) * height];
    return `<g transform="translate(${left} ${top})">${drawPanel(axis, xs, panel)}</g>`;
  });
  const size = `width="${columns * width}" height="${rows * height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="12">
<rect ${size} fill="white"/>
${parts.join('\n')}
</svg>
`;
}

function drawPanel(axis, xs, { title, values }) {
  const x = scale(xs, margin.left, width - margin.right);
  const y = scale(values, height - margin.bottom, margin.top);
  const line = values.map((value, at) => `${x.at(xs[at])},${y.at(value)}`).join(' ');
  const dots = values.map(
    (value, at) =>
      `<circle cx="${x.at(xs[at])}" cy="${y.at(value)}" r="3"><title>${xs[at]}: ${value.toPrecision(3)}</title></circle>`,
  );
  const middle = (margin.left + width - margin.right) / 2;
  return [
    `<text x="${margin.left}" y="20"><tspan font-weight="bold">${title}</tspan> <tspan fill="#666">(dashed: linear growth)</tspan></text>`,
    `<text x="${middle}" y="${height - 12}" fill="#666" text-anchor="middle">${axis}</text>`,
    ...x.ticks.map((tick) => vertical(x.at(tick), label(tick))),
    ...y.ticks.map((tick) => horizontal(y.at(tick), label(tick))),
    linear(xs, values, x, y),
    `<polyline points="${line}" fill="none" stroke="#0366d6" stroke-width="2"/>`,
    `<g fill="#0366d6">${dots.join('')}</g>`,
    ...values.map((value, at) => told(x.at(xs[at]), y.at(value), at, value)),
  ].join('\n');
}

/** Through the last point, as far as the panel goes. */
function linear(xs, values, x, y) {
  const [lastX, last] = [xs.at(-1), values.at(-1)];
  const first = Math.max(xs[0], (y.lowest * lastX) / last);
  const points = `${x.at(first)},${y.at((first * last) / lastX)} ${x.at(lastX)},${y.at(last)}`;
  return `<polyline points="${points}" fill="none" stroke="#999" stroke-dasharray="4 4"/>`;
}

/** Decades, from the one below the least to the one above the most. */
function scale(values, from, to) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const at = (value) => Math.round(from + ((Math.log10(value) - low) / (high - low)) * (to - from));
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
  return { at, ticks, lowest: 10 ** low };
}

function vertical(at, text) {
  const [top, bottom] = [margin.top, height - margin.bottom];
  return `<line x1="${at}" y1="${top}" x2="${at}" y2="${bottom}" stroke="#ddd"/><text x="${at}" y="${bottom + 18}" text-anchor="middle">${text}</text>`;
}

function horizontal(at, text) {
  const [left, right] = [margin.left, width - margin.right];
  return `<line x1="${left}" y1="${at}" x2="${right}" y2="${at}" stroke="#ddd"/><text x="${left - 6}" y="${at + 4}" text-anchor="end">${text}</text>`;
}

/** Above its dot, or below where there is no room. */
function told(x, y, at, value) {
  const above = y - 10 > margin.top ? y - 8 : y + 18;
  const anchor = at === 0 ? 'start' : 'middle';
  const text = value >= 100 ? Math.round(value).toLocaleString('en') : Number(value.toPrecision(2));
  return `<text x="${x}" y="${above}" font-size="10" fill="#0366d6" text-anchor="${anchor}">${text}</text>`;
}

function label(value) {
  return value >= 1 ? value.toLocaleString('en') : String(Number(value.toPrecision(1)));
}
