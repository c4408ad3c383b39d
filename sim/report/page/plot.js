// What all charts have in common: colours, scales, axes, legends, for Vega.
const PALETTE = {
  light: ['#0072b2', '#d55e00', '#009e73', '#b0579a', '#8a6d00', '#56758c', '#a1232b', '#3f6b1f'],
  dark: ['#56b4e9', '#ff9d5c', '#2fd1a4', '#e39ccb', '#e6cf4a', '#a9c4d8', '#ff8a8f', '#a5d77b'],
};
const theme = () => document.documentElement.dataset.theme;
function config() {
  const style = getComputedStyle(document.documentElement);
  const color = name => style.getPropertyValue(name).trim();
  return {
    background: null, font: FONT,
    axis: {labelColor: color('--text'), titleColor: color('--text'), gridColor: color('--line'),
      domainColor: color('--soft'), tickColor: color('--soft'), labelFontSize: LABEL_SIZE, titleFontSize: TITLE_SIZE,
      titleFontWeight: 600, labelLimit: 150, labelOverlap: 'greedy', labelSeparation: 4},
    legend: {layout: {bottom: {bounds: 'full', anchor: 'start'}}, labelColor: color('--text'), titleColor: color('--text'), labelFontSize: LABEL_SIZE, titleFontSize: 11},
    range: {category: PALETTE[theme()], ramp: theme() === 'dark' ? ['#2f6ea5', '#d6ecff'] : ['#9cc7ec', '#0b3d70'], heatmap: theme() === 'dark' ? ['#2c3d52', '#3f7fb8', '#b5deff'] : ['#d3e2f1', '#6ea6d8', '#0b3d70']},
    accent: color('--accent'), mark: color('--mark'), text: color('--text'), soft: color('--soft'),
  };
}
const modeScale = (name, values) => ({name, type: 'ordinal', domain: values,
  range: values.every(v => MODES.includes(v)) ? values.map(v => PALETTE[theme()][MODES.indexOf(v)]) : 'category'});
// Numbers that are more than there are colours to tell apart lie along one scale.
const isRamp = (name, values) => values.length > PALETTE[theme()].length && isNumeric(name);
const colorScale = (name, values) => isRamp(name, values) ? {name: 'color', type: 'linear', range: 'ramp', domain: span(values)} : modeScale('color', values);
// What there are more of than colours differs in shape too.
const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down'];
const shapeScale = (name, values) => ({name: 'shape', type: 'ordinal', domain: values,
  range: values.map((_, i) => isRamp(name, values) ? 'circle' : SHAPES[Math.floor(i / PALETTE.light.length) % SHAPES.length])});
for (const [name, give] of [['shownAs', shownAs], ['tick', tick]]) plotLibrary.expressionFunction(name, (of, value) => give(of, value));
const expression = (give, name, value) => `${give}(${JSON.stringify(name)}, ${value})`;
const labels = (give, name) => ({labels: {update: {text: {signal: expression(give, name, 'datum.value')}}}});
// Where an axis of numbers has its ticks: at the values themselves if somebody chose them and they are
// few, at whole numbers if all are, sizes at round ones.
function ticks(name, values, log) {
  const few = [...new Set(values)];
  if ((axes.includes(name) || name === '_tlb_entries') && few.length <= 8) return {values: few};
  const [least, most] = span(values), round = [];
  if (!isSize(name) && !(log && most < 10 * least)) return {tickCount: 6, ...(isWhole(name) && !log ? {tickMinStep: 1} : {})};
  if (log && most >= 4 * least && isSize(name)) {
    for (let at = 2 ** Math.ceil(Math.log2(least)); at <= most; at *= 2) round.push(at);
    return {values: round};
  }
  const about = (most - least) / 6 || 1, ten = 10 ** Math.floor(Math.log10(about));
  const step = isSize(name) ? 2 ** Math.ceil(Math.log2(about)) : Math.max(isWhole(name) ? 1 : 0, ten * [1, 2, 5, 10].find(n => n * ten >= about));
  for (let at = Math.ceil(least / step); at * step <= most; ++at) round.push(at * step);
  return {values: round.length > 1 ? round : few};
}
// A scale of numbers, a little longer at both ends than they need. What is never below 0 does not begin there.
function quantity(name, values, range, {log = false, zero = false, nice = true} = {}) {
  let [least, most] = span(values);
  if (zero) [least, most] = [Math.min(0, least), Math.max(0, most)];
  else if (log) [least, most] = [least / (most / least) ** .03, most * (most / least) ** .03];
  else [least, most] = [least < 0 ? least - .03 * (most - least) : Math.max(0, least - .03 * (most - least)), most + .03 * (most - least)];
  return {name, range, nice: nice && !log, domain: [least, most], type: log ? 'log' : 'linear', zero: false};
}
const FONT = 'system-ui, "DejaVu Sans", sans-serif', LABEL_SIZE = 11, TITLE_SIZE = 12;
const pen = document.createElement('canvas').getContext('2d');
const LABEL_FONT = `${LABEL_SIZE}px ${FONT}`, TITLE_FONT = `600 ${TITLE_SIZE}px ${FONT}`;
const widthOf = (words, font = LABEL_FONT) => {
  pen.font = font;
  return pen.measureText(words).width;
};
const widest = labels => Math.max(...labels.map(label => widthOf(label)));
const BESIDE = 64;  // pixels, what an axis at the left takes
// A title in as many lines as `room` pixels ask for.
function lines(words, room) {
  const done = [];
  for (const part of words.split(BREAKS)) {
    const longer = (done.at(-1) ?? '') + part;
    if (done.length && widthOf(longer.trim(), TITLE_FONT) <= room) done[done.length - 1] = longer; else done.push(part);
  }
  return done.map(line => line.trim());
}
const bottom = (scale, name, width, more = {}) => ({scale, orient: 'bottom', title: lines(title(name), width - BESIDE), encode: labels('tick', name), ...more});
const left = (scale, name, height, more = {}) => ({scale, orient: 'left', title: lines(title(name), height), grid: true, tickCount: 6,
  encode: labels('tick', name), ...more});
const tilt = (name, values, width) => (widest(values.map(v => tick(name, v))) + 8) * values.length > width - BESIDE
  ? {labelAngle: -35, labelAlign: 'right', labelBaseline: 'top', ...(values.length * 24 < width - BESIDE ? {labelOverlap: false} : {})} : {};
const legend = (name, values, width) => ({fill: 'color', title: title(name), orient: 'bottom', direction: 'horizontal', symbolType: 'circle',
  encode: labels('shownAs', name), columns: Math.max(1, Math.floor((width - BESIDE) / (28 + widest(values.map(v => shownAs(name, v))))))});
const gradient = (name, orient) => ({fill: 'color', title: title(name), orient, direction: 'horizontal', gradientLength: 160, encode: labels('tick', name)});
const colorLegends = (name, values, width) => !name ? [] : isRamp(name, values) ? [gradient(name, 'bottom')]
  : values.length < 24 ? [{...legend(name, values, width), shape: 'shape'}] : [];
// Rows of configurations, `mode pages`; where there is little room in two lines.
const isNarrow = width => width < 480;
const rowHeight = width => isNarrow(width) ? 34 : 24;
const configurations = width => ({scale: 'y', orient: 'left', labelLimit: 190,
  ...(isNarrow(width) ? {encode: {labels: {update: {text: {signal: "split(datum.value, ' ')"}, lineHeight: {value: 13}, baseline: {value: 'bottom'}, dy: {value: 1}}}}} : {})});

// What tooltips say: of a point where it lies in the design space, of many how they spread.
const rowOf = new Map(rows.map(row => [row.point, row]));
plotLibrary.expressionFunction('describe', (point, ...names) => ['point ' + point,
  ...[...new Set([...varying, ...names])].map(name => `${title(name)} ${shownAs(name, rowOf.get(point)[name])}`)].join('\n'));
const pointAt = (x, y) => `describe(datum.point, ${JSON.stringify(x)}, ${JSON.stringify(y)})`;
const spread = (name, value) => `${expression('shownAs', name, value)} + (datum.points === 1 ? ', of 1 point' : ', median of ' + datum.points + ' points from ' +
  ${expression('shownAs', name, 'datum.least')} + ' to ' + ${expression('shownAs', name, 'datum.most')})`;
function rangeStyle() {
  const color = {value: config().accent};
  return {fill: color, fillOpacity: {value: .15}, stroke: color};
}

// Of points that would cover each other the first, a cell of some two pixels: nobody sees the others.
function distinct(list, [x, logX], [y, logY], color) {
  const along = (name, log) => log ? columns[name].map(Math.log) : columns[name];
  const cells = 150, seen = new Set(), xs = along(x, logX), ys = along(y, logY), ranks = color ? ranksOf(color) : null;
  const [x0, x1] = span(list.map(r => xs[r.index])), [y0, y1] = span(list.map(r => ys[r.index]));
  const place = (value, from, to) => to > from ? Math.round((value - from) / (to - from) * 2 * cells) : 0;
  return list.filter(({index}) => {
    const cell = (place(xs[index], x0, x1) * (cells + 1) + (place(ys[index], y0, y1) >> 1)) * 1024 + (ranks ? ranks[index] % 1024 : 0);
    return !seen.has(cell) && seen.add(cell);
  });
}
