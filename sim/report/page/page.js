'use strict';
(() => {
const data = JSON.parse(document.getElementById('data').textContent);
const $ = id => document.getElementById(id);
const MODES = ['native', 'native-direct', 'base-virtualized', 'dual-direct', 'vmm-direct', 'guest-direct'];
const PALETTE = {
  light: ['#0072b2', '#d55e00', '#009e73', '#b0579a', '#8a6d00', '#56758c', '#a1232b', '#3f6b1f'],
  dark: ['#56b4e9', '#ff9d5c', '#2fd1a4', '#e39ccb', '#e6cf4a', '#a9c4d8', '#ff8a8f', '#a5d77b'],
};
const PAGE_SIZE = 50;

// ---- columns, an array each, and rows, an object a point -------------------------------------------

const columns = {};
class Row {
  constructor(index) { this.index = index; }
}
const rows = Array.from({length: data.points}, (_, i) => new Row(i));
function addColumn(name, values) {
  columns[name] = values;
  Object.defineProperty(Row.prototype, name, {get() { return values[this.index]; }});
}
const remembered = of => {
  const known = new Map();
  return name => known.has(name) ? known.get(name) : known.set(name, of(name)).get(name);
};
for (const [name, column] of Object.entries(data.columns))
  addColumn(name, Array.isArray(column) ? column : new Array(data.points).fill(column.constant));
addColumn('_levels', data.levels);
addColumn('_timeline', data.timelines);
const columnNames = Object.keys(data.columns);
const done = row => row.status === 'done';
const axes = data.axes;
// Derived numbers are columns like any other.
const ratio = (a, b) => a in columns && b in columns ? rows.map(r => done(r) && r[b] ? r[a] / r[b] : null) : [];
addColumn('cycles_per_reference', ratio('core_cycles' in columns ? 'core_cycles' : 'cycles', 'references'));
addColumn('cycles_per_walk', ratio('walk_cycles', 'walk_count'));
if (!('reason' in columns)) addColumn('reason', rows.map(() => null));  // nothing failed

const isNumeric = remembered(name => {
  const column = columns[name] || [];
  return column.some(v => typeof v === 'number') && column.every(v => v == null || typeof v === 'number');
});
const collator = new Intl.Collator();
const valuesOf = remembered(name => [...new Set(columns[name])].filter(v => v != null).sort(
  name === 'mode' ? (a, b) => MODES.indexOf(a) - MODES.indexOf(b)
  : (a, b) => typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(a, b)));
// Each row's place in the order of a column's values; those without a value come last.
const ranksOf = remembered(name => {
  const places = new Map(valuesOf(name).map((value, place) => [value, place]));
  return Uint32Array.from(columns[name], value => places.get(value) ?? places.size);
});
// Lists of rows that agree in all of the columns.
function groupBy(list, ...names) {
  const ranks = names.map(ranksOf), counts = names.map(name => valuesOf(name).length + 1);
  const groups = new Map();
  for (const row of list) {
    let key = 0;
    for (let i = 0; i < ranks.length; ++i) key = key * counts[i] + ranks[i][row.index];
    const group = groups.get(key);
    if (group) group.push(row); else groups.set(key, [row]);
  }
  return [...groups.values()];
}
// Where walks overlap they may take all cycles, or more: then there is no share to tell.
const lacksOverhead = row => done(row) && row.overhead == null;
const withoutOverhead = list => {
  const count = list.filter(lacksOverhead).length;
  return count === 0 ? '' : `${count === 1 ? '1 point has' : count + ' points have'} none: walks overlap`;
};
const metrics = ['cycles_per_reference', 'cycles_per_walk', ...data.metrics].filter(isNumeric);
const varying = axes.filter(a => valuesOf(a).length > 1);
const first = (...names) => names.find(n => n != null);

// ---- state ---------------------------------------------------------------------------------------

const state = {
  filter: {}, brush: null, chosen: null, sort: {name: 'point', down: false}, page: 0,
  x: first(varying.find(a => isNumeric(a) && a !== 'seed'), varying[0], axes[0]), metric: rows.some(lacksOverhead) ? 'cycles' : 'overhead',
  by: varying.includes('mode') ? 'mode' : '', shape: 'lines', logX: false, logY: false,
  ex: 'walk_cycles', ey: 'cycles', ecolor: first(varying.includes('mode') ? 'mode' : null, varying[0], ''),
  cost: isNumeric('_tlb_entries') ? '_tlb_entries' : metrics[0], gain: 'cycles',
};
if (!metrics.includes(state.metric)) state.metric = metrics[0];
const between = (value, from, to) => typeof value === 'number' && value >= from && value <= to;
const within = (row, b) => between(row[b.x], b.x0, b.x1) && between(row[b.y], b.y0, b.y1);
// What passes the filters, and of that what the brush leaves: found once after each change.
let passed = null, brushed = null;
function filtered() {
  if (passed) return passed;
  const tests = Object.entries(state.filter).map(([axis, text]) =>
    [ranksOf(axis), valuesOf(axis).findIndex(v => String(v) === text)]);
  return passed = rows.filter(row => tests.every(([ranks, rank]) => ranks[row.index] === rank));
}
const shown = () => brushed ??= state.brush ? filtered().filter(row => within(row, state.brush)) : filtered();
const chosenRow = () => rows.find(r => r.point === state.chosen);

// ---- words ---------------------------------------------------------------------------------------

const TITLES = {_tlb_entries: 'TLB entries', area: 'area, bits', cycles_per_reference: 'cycles a reference', cycles_per_walk: 'cycles a walk',
  seconds: 'wall seconds', cpu_seconds: 'processor seconds'};
const CAPITALS = /\b(tlb|vmm|l1d|l[123]|ad)\b/g;
// A key is called what the configuration calls it.
const title = name => TITLES[name] ||
  (name.includes('.') || axes.includes(name) ? name : name.replaceAll('_', ' ').replace(CAPITALS, word => word.toUpperCase()));
const integers = new Intl.NumberFormat('en', {maximumFractionDigits: 0});
const reals = new Intl.NumberFormat('en', {maximumSignificantDigits: 4});
function text(value) {
  if (value == null) return '–';
  if (typeof value !== 'number') return String(value);
  return Number.isInteger(value) ? (Math.abs(value) < 1e4 ? String(value) : integers.format(value)) : reals.format(value);
}
// The same, by what is counted: bytes in binary units, shares in percent.
const UNITS = [['TiB', 2 ** 40], ['GiB', 2 ** 30], ['MiB', 2 ** 20], ['KiB', 2 ** 10]];
const isSize = remembered(name => data.sizes.includes(name) || name === 'peak_memory');
const isWhole = remembered(name => isNumeric(name) && columns[name].every(v => v == null || Number.isInteger(v)));
function scaled(value, units) {
  const unit = units.find(([, size]) => Math.abs(value) >= size);
  return unit && reals.format(value / unit[1]) + unit[0];
}
function shownAs(name, value) {
  if (typeof value !== 'number') return text(value);
  if (isSize(name)) return scaled(value, UNITS) || value + ' B';
  return name === 'overhead' ? reals.format(100 * value) + ' %' : text(value);
}
// What stands at an axis has less room.
const PREFIXES = [['T', 1e12], ['G', 1e9], ['M', 1e6], ['k', 1e3]];
const tick = (name, value) => typeof value !== 'number' || isSize(name) || name === 'overhead' || Math.abs(value) < 1e5
  ? shownAs(name, value) : scaled(value, PREFIXES);
// What was typed for a value, as it is shown.
function numberOf(name, typed) {
  const [, number, unit] = /^\s*([-+.\de]+)\s*(\w*|%)\s*$/i.exec(typed.replaceAll(',', '')) || [];
  const size = name === 'overhead' ? (unit === '' || unit === '%') && 1 / 100
    : unit ? (UNITS.find(([one]) => one.toLowerCase() === unit.toLowerCase()) || [])[1] : 1;
  return number === undefined || !size || !Number.isFinite(Number(number)) ? null : Number(number) * size;
}
const median = list => {
  const sorted = Float64Array.from(list.filter(v => v != null)).sort();
  const half = sorted.length >> 1;
  return sorted.length === 0 ? null : sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};
const sum = list => list.reduce((total, value) => total + (value || 0), 0);
const span = list => list.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}
// Where there is no room a key is broken at its dots and underscores.
const breakable = words => words.split(/(?<=[._])/).flatMap((part, i) => i === 0 ? [part] : [element('wbr'), part]);
function save(name, type, content) {
  const link = element('a', {href: URL.createObjectURL(new Blob([content], {type})), download: name});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
const csv = (names, list) => {
  const cell = v => v == null ? '' : /[",\n]/.test(String(v)) ? '"' + String(v).replaceAll('"', '""') + '"' : String(v);
  return [names, ...list.map(r => names.map(n => r[n]))].map(line => line.map(cell).join(',')).join('\n') + '\n';
};

// ---- drawing with Vega ---------------------------------------------------------------------------

const theme = () => document.documentElement.dataset.theme;
function config() {
  const style = getComputedStyle(document.documentElement);
  const color = name => style.getPropertyValue(name).trim();
  return {
    background: null, font: FONT,
    axis: {labelColor: color('--text'), titleColor: color('--text'), gridColor: color('--line'),
      domainColor: color('--soft'), tickColor: color('--soft'), labelFontSize: LABEL_SIZE, titleFontSize: 12,
      titleFontWeight: 600, labelLimit: 150, labelOverlap: 'greedy', labelSeparation: 4},
    legend: {layout: {bottom: {bounds: 'full', anchor: 'start'}}, labelColor: color('--text'), titleColor: color('--text'), labelFontSize: LABEL_SIZE, titleFontSize: 11},
    range: {category: PALETTE[theme()], ramp: theme() === 'dark' ? ['#2f6ea5', '#d6ecff'] : ['#9cc7ec', '#0b3d70'], heatmap: theme() === 'dark' ? ['#1b212a', '#2f6ea5', '#9fd3ff'] : ['#eef3f8', '#6ea6d8', '#0b3d70']},
    accent: color('--accent'), mark: color('--mark'), text: color('--text'), soft: color('--soft'),
  };
}
const modeScale = (name, values) => ({name, type: 'ordinal', domain: values,
  range: values.every(v => MODES.includes(v)) ? values.map(v => PALETTE[theme()][MODES.indexOf(v)]) : 'category'});
// Numbers that are more than there are colours to tell apart lie along one scale.
const isRamp = (name, values) => values.length > PALETTE[theme()].length && isNumeric(name);
const colorScale = (name, values) => isRamp(name, values) ? {name: 'color', type: 'linear', range: 'ramp', domain: span(values)} : modeScale('color', values);
for (const [name, give] of [['shownAs', shownAs], ['tick', tick]]) plotLibrary.expressionFunction(name, (of, value) => give(of, value));
const expression = (give, name, value) => `${give}(${JSON.stringify(name)}, ${value})`;
const labels = (give, name) => ({labels: {update: {text: {signal: expression(give, name, 'datum.value')}}}});
// Where an axis of numbers has its ticks: at the values themselves if somebody chose them and they are
// few, at whole numbers if all are, sizes at round ones.
function ticks(name, values) {
  const few = [...new Set(values)];
  if ((axes.includes(name) || name === '_tlb_entries') && few.length <= 8) return {values: few};
  if (!isSize(name)) return {tickCount: 6, ...(isWhole(name) ? {tickMinStep: 1} : {})};
  const [least, most] = span(values), step = 2 ** Math.ceil(Math.log2((most - least) / 6 || 1)), round = [];
  for (let at = Math.ceil(least / step) * step; at <= most; at += step) round.push(at);
  return {values: round};
}
const quantity = (name, field, range, log, table = 'table') => ({name, range, nice: true, domain: {data: table, field},
  type: log ? 'log' : 'linear', zero: !log && range === 'height'});
const bottom = (scale, name, more = {}) => ({scale, orient: 'bottom', title: title(name), encode: labels('tick', name), ...more});
const left = (scale, name, more = {}) => ({scale, orient: 'left', title: title(name), grid: true, tickCount: 6, encode: labels('tick', name), ...more});
const FONT = 'system-ui, "DejaVu Sans", sans-serif', LABEL_SIZE = 11;
const pen = document.createElement('canvas').getContext('2d');
pen.font = `${LABEL_SIZE}px ${FONT}`;
const widest = labels => Math.max(...labels.map(label => pen.measureText(label).width));
const BESIDE = 64;  // pixels, what an axis at the left takes
const tilt = (name, values, width) => (widest(values.map(v => tick(name, v))) + 8) * values.length > width - BESIDE
  ? {labelAngle: -35, labelAlign: 'right', labelBaseline: 'top'} : {};
const legend = (name, values, width) => ({fill: 'color', title: title(name), orient: 'bottom', direction: 'horizontal', symbolType: 'circle',
  encode: labels('shownAs', name), columns: Math.max(1, Math.floor((width - BESIDE) / (28 + widest(values.map(v => shownAs(name, v))))))});
const gradient = (name, orient) => ({fill: 'color', title: title(name), orient, direction: 'horizontal', gradientLength: 160, encode: labels('tick', name)});
const colorLegends = (name, values, width) => !name ? [] : isRamp(name, values) ? [gradient(name, 'bottom')] : values.length < 24 ? [legend(name, values, width)] : [];
// Rows of configurations, `mode pages`; where there is little room in two lines.
const isNarrow = width => width < 480;
const rowHeight = width => isNarrow(width) ? 34 : 24;
const configurations = width => ({scale: 'y', orient: 'left', labelLimit: 190,
  ...(isNarrow(width) ? {encode: {labels: {update: {text: {signal: "split(datum.value, ' ')"}, lineHeight: {value: 13}, baseline: {value: 'bottom'}, dy: {value: 1}}}}} : {})});

const pointAt = (x, y) => `'point ' + datum.point + ': ' + ${expression('shownAs', x, 'datum.x')} + ', ' + ${expression('shownAs', y, 'datum.y')}`;

// Of points that would cover each other the first, a cell of some two pixels: nobody sees the others.
function distinct(list, x, y, color) {
  const cells = 150, seen = new Set(), xs = columns[x], ys = columns[y], ranks = color ? ranksOf(color) : null;
  const [x0, x1] = span(list.map(r => r[x])), [y0, y1] = span(list.map(r => r[y]));
  const place = (value, from, to) => to > from ? Math.round((value - from) / (to - from) * 2 * cells) : 0;
  return list.filter(({index}) => {
    const cell = (place(xs[index], x0, x1) * (cells + 1) + (place(ys[index], y0, y1) >> 1)) * 1024 + (ranks ? ranks[index] % 1024 : 0);
    return !seen.has(cell) && seen.add(cell);
  });
}

const charts = {
  // Each gives {rows, names, spec(width), summary, renderer}, or a text where there is nothing to draw.
  byMode() {
    const list = shown().filter(r => done(r) && r.overhead != null);
    if (!list.length) return 'No finished point has an overhead.';
    const omitted = withoutOverhead(shown());
    const groups = groupBy(list, 'mode', 'pages').map(points => {
      const overheads = points.map(r => r.overhead), [least, most] = span(overheads), {mode, pages} = points[0];
      return {label: `${mode} ${pages}`, mode, pages, points: points.length, overhead: median(overheads), least, most};
    });
    groups.sort((a, b) => String(a.pages).localeCompare(String(b.pages)) || MODES.indexOf(a.mode) - MODES.indexOf(b.mode));
    const modes = MODES.filter(m => groups.some(g => g.mode === m));
    return {rows: groups, names: ['mode', 'pages', 'points', 'overhead', 'least', 'most'],
      summary: [...groups.slice(0, 12).map(g => `${g.label}: ${(100 * g.overhead).toPrecision(3)} %`), omitted].filter(Boolean).join('; '),
      spec: (width, colors) => ({
        width, height: rowHeight(width) * groups.length, data: [{name: 'table', values: groups}],
        scales: [{name: 'y', type: 'band', domain: groups.map(g => g.label), range: 'height', padding: .2},
          {name: 'x', range: 'width', nice: true, zero: true, domain: {data: 'table', field: 'most'}}, modeScale('color', modes)],
        axes: [bottom('x', 'overhead', {grid: true, tickCount: isNarrow(width) ? 3 : 6}), configurations(width)],
        marks: [{type: 'rect', from: {data: 'table'}, encode: {enter: {
          y: {scale: 'y', field: 'label'}, height: {scale: 'y', band: 1}, x: {scale: 'x', field: 'overhead'}, x2: {scale: 'x', value: 0},
          fill: {scale: 'color', field: 'mode'}, tooltip: {signal: `datum.label + ': ' + ${expression('shownAs', 'overhead', 'datum.overhead')} + ' (' + datum.points + ' points)'`}}}},
        {type: 'rule', from: {data: 'table'}, encode: {enter: {y: {scale: 'y', field: 'label', band: .5}, x: {scale: 'x', field: 'least'},
          x2: {scale: 'x', field: 'most'}, stroke: {value: colors.text}, strokeWidth: {value: 1.5}}}}],
      })};
  },

  response() {
    const {x, metric, by, shape} = state;
    const list = shown().filter(r => done(r) && r[metric] != null && r[x] != null && (!state.logY || r[metric] > 0));
    if (!list.length) return `No finished point has ${title(metric)}.`;
    const groups = groupBy(list, x, ...(by ? [by] : [])).map(points => {
      const numbers = points.map(r => r[metric]), [least, most] = span(numbers);
      return {x: points[0][x], series: by ? points[0][by] : '', value: median(numbers), least, most, points: points.length};
    });
    const order = valuesOf(x);
    groups.sort((a, b) => order.indexOf(a.x) - order.indexOf(b.x));
    const series = by ? valuesOf(by).filter(v => groups.some(g => g.series === v)) : [''];
    const numeric = isNumeric(x) && shape === 'lines';
    const xs = order.filter(v => groups.some(g => g.x === v));
    const tooltip = {signal: `${expression('shownAs', x, 'datum.x')}${by ? ` + ', ' + ${expression('shownAs', by, 'datum.series')}` : ''}
      + ': ' + ${expression('shownAs', metric, 'datum.value')} + ' (' + datum.points + ' points)'`};
    const summary = `${title(metric)} against ${title(x)}${by ? ' by ' + title(by) : ''}: ` +
      groups.slice(0, 12).map(g => `${shownAs(x, g.x)}${by ? ' ' + shownAs(by, g.series) : ''}: ${shownAs(metric, g.value)}`).join('; ');
    const result = {rows: groups, names: ['x', 'series', 'value', 'least', 'most', 'points'], summary};
    if (shape === 'map' && by) {
      result.spec = width => ({width, height: Math.max(120, 26 * series.length), data: [{name: 'table', values: groups}],
        scales: [{name: 'x', type: 'band', domain: xs, range: 'width'}, {name: 'y', type: 'band', domain: series, range: 'height'},
          {name: 'color', type: 'linear', range: 'heatmap', domain: {data: 'table', field: 'value'}}],
        axes: [bottom('x', x, tilt(x, xs, width)), left('y', by, {grid: false})],
        legends: [gradient(metric, 'top')],
        marks: [{type: 'rect', from: {data: 'table'}, encode: {enter: {x: {scale: 'x', field: 'x'}, width: {scale: 'x', band: 1, offset: -1},
          y: {scale: 'y', field: 'series'}, height: {scale: 'y', band: 1, offset: -1}, fill: {scale: 'color', field: 'value'}, tooltip}}}]});
      return result;
    }
    result.spec = width => ({width, height: 260, data: [{name: 'table', values: groups}],
      scales: [numeric ? {...quantity('x', 'x', 'width', state.logX && xs.every(v => v > 0)), zero: false, nice: false, padding: 12}
        : {name: 'x', type: 'point', domain: xs, range: 'width', padding: .5},
      {name: 'y', range: 'height', nice: true, zero: !state.logY, type: state.logY ? 'log' : 'linear', domain: {data: 'table', field: 'value'}}, colorScale(by, series)],
      axes: [bottom('x', x, numeric ? ticks(x, xs) : tilt(x, xs, width)), left('y', metric, ticks(metric, [...(state.logY ? [] : [0]), ...groups.map(g => g.value)]))],
      legends: colorLegends(by, series, width),
      marks: [{type: 'group', from: {facet: {name: 'series', data: 'table', groupby: 'series'}}, marks: [
        {type: 'line', from: {data: 'series'}, encode: {enter: {x: {scale: 'x', field: 'x'}, y: {scale: 'y', field: 'value'},
          stroke: {scale: 'color', field: 'series'}, strokeWidth: {value: 2}}}},
        {type: 'symbol', from: {data: 'series'}, encode: {enter: {x: {scale: 'x', field: 'x'}, y: {scale: 'y', field: 'value'},
          fill: {scale: 'color', field: 'series'}, size: {value: 45}, tooltip}}}]}]});
    return result;
  },

  explore() {
    const {ex, ey, ecolor} = state;
    const list = filtered().filter(r => done(r) && r[ex] != null && r[ey] != null);
    if (!list.length) return 'No finished point has both numbers.';
    const colors = ecolor ? valuesOf(ecolor) : [''];
    const points = distinct(list, ex, ey, ecolor).map(r => ({point: r.point, x: r[ex], y: r[ey], color: ecolor ? r[ecolor] : ''}));
    return {rows: list, names: ['point', ...axes, ex, ey], renderer: points.length > 1500 ? 'canvas' : 'svg',
      summary: `${list.length} points, ${title(ey)} against ${title(ex)}; the table below has them all.`,
      spec: (width, style) => ({width, height: 320, data: [{name: 'table', values: points}],
        signals: [
          {name: 'down', value: null, on: [{events: 'mousedown, touchstart', update: '[clamp(x(), 0, width), clamp(y(), 0, height)]'}]},
          {name: 'drag', value: null, on: [
            {events: 'mousedown, touchstart', update: '[clamp(x(), 0, width), clamp(y(), 0, height)]'},
            {events: '[mousedown, window:mouseup] > window:mousemove!, [touchstart, touchend] > touchmove', update: '[clamp(x(), 0, width), clamp(y(), 0, height)]'}]},
          {name: 'up', value: 0, on: [{events: 'window:mouseup, touchend', update: 'up + 1'}]}],
        scales: [{...quantity('x', 'x', 'width', false), zero: false}, {...quantity('y', 'y', 'height', false), zero: false}, colorScale(ecolor, colors)],
        axes: [bottom('x', ex, {grid: true, ...ticks(ex, list.map(r => r[ex]))}), left('y', ey, ticks(ey, list.map(r => r[ey])))],
        legends: colorLegends(ecolor, colors, width),
        marks: [{type: 'symbol', from: {data: 'table'}, encode: {enter: {x: {scale: 'x', field: 'x'}, y: {scale: 'y', field: 'y'},
            fill: {scale: 'color', field: 'color'}, fillOpacity: {value: .75}, size: {value: list.length > 2000 ? 14 : 40}, cursor: {value: 'pointer'},
            tooltip: {signal: pointAt(ex, ey)}}}},
          {type: 'rect', interactive: false, encode: {enter: {fill: {value: style.accent}, fillOpacity: {value: .15}, stroke: {value: style.accent}},
            update: {x: {signal: 'down ? min(down[0], drag[0]) : 0'}, x2: {signal: 'down ? max(down[0], drag[0]) : 0'},
              y: {signal: 'down ? min(down[1], drag[1]) : 0'}, y2: {signal: 'down ? max(down[1], drag[1]) : 0'},
              opacity: {signal: 'down && abs(down[0] - drag[0]) + abs(down[1] - drag[1]) > 4 ? 1 : 0'}}}}]}),
      ready(view) {
        view.addSignalListener('up', () => {
          const down = view.signal('down'), drag = view.signal('drag');
          if (!down || !drag) return;
          if (Math.abs(down[0] - drag[0]) + Math.abs(down[1] - drag[1]) <= 4) {
            if (state.brush) setBrush(null);
            return;
          }
          const range = (scale, a, b) => [scale.invert(a), scale.invert(b)].sort((p, q) => p - q);
          const [x0, x1] = range(view.scale('x'), down[0], drag[0]);
          const [y0, y1] = range(view.scale('y'), down[1], drag[1]);
          setBrush({x: ex, y: ey, x0, x1, y0, y1});
        });
      }};
  },

  pareto() {
    const {cost, gain} = state;
    const list = shown().filter(r => done(r) && r[cost] != null && r[gain] != null);
    if (!list.length) return 'No finished point has both numbers.';
    const sorted = [...list].sort((a, b) => a[cost] - b[cost] || a[gain] - b[gain]);
    let best = Infinity;
    const front = sorted.filter(r => r[gain] < best && ((best = r[gain]), true));
    const points = distinct(list, cost, gain).map(r => ({point: r.point, x: r[cost], y: r[gain]}));
    const line = front.map(r => ({point: r.point, x: r[cost], y: r[gain]}));
    return {rows: front, names: ['point', ...axes, cost, gain], renderer: points.length > 1500 ? 'canvas' : 'svg',
      summary: `${front.length} of ${list.length} points are on the front: ` + front.slice(0, 8).map(r => `point ${r.point} (${shownAs(cost, r[cost])}, ${shownAs(gain, r[gain])})`).join('; '),
      spec: (width, style) => ({width, height: 300, data: [{name: 'table', values: points}, {name: 'front', values: line}],
        scales: [{...quantity('x', 'x', 'width', false), zero: false, padding: 8}, {...quantity('y', 'y', 'height', false), zero: false}],
        axes: [bottom('x', cost, {grid: true, ...ticks(cost, list.map(r => r[cost]))}), left('y', gain, ticks(gain, list.map(r => r[gain])))],
        marks: [
          {type: 'symbol', from: {data: 'table'}, encode: {enter: {x: {scale: 'x', field: 'x'}, y: {scale: 'y', field: 'y'}, fill: {value: style.accent},
            fillOpacity: {value: .8}, size: {value: list.length > 2000 ? 14 : 30}, tooltip: {signal: pointAt(cost, gain)}, cursor: {value: 'pointer'}}}},
          {type: 'line', from: {data: 'front'}, encode: {enter: {x: {scale: 'x', field: 'x'}, y: {scale: 'y', field: 'y'}, interpolate: {value: 'step-after'},
            stroke: {value: style.mark}, strokeWidth: {value: 2}}}},
          {type: 'symbol', from: {data: 'front'}, encode: {enter: {x: {scale: 'x', field: 'x'}, y: {scale: 'y', field: 'y'}, fill: {value: style.mark},
            size: {value: 70}, tooltip: {signal: pointAt(cost, gain)}, cursor: {value: 'pointer'}}}}]})};
  },

  walkLevels() {
    const list = (state.chosen != null ? [chosenRow()] : shown()).filter(r => done(r) && r.walk_count > 0);
    if (!list.length) return 'No finished point walks.';
    const walks = sum(list.map(r => r.walk_count)), reads = Array.from({length: 6}, () => new Float64Array(6));
    for (const row of list)
      for (const [guest, nested, count] of row._levels || []) reads[guest][nested] += count;
    const guestName = g => g === 0 ? 'data' : 'L' + g, nestedName = n => n === 0 ? 'entry' : 'L' + n;  // the axes say of what
    const cells = reads.flatMap((row, g) => [...row].map((count, n) => (
      {guest: guestName(g), nested: nestedName(n), g, n, reads: count / walks}))).filter(cell => cell.reads);
    if (!cells.length) return 'No walk read a table.';
    const names = (key, name) => [...new Set(cells.map(c => c[key]))].sort((a, b) => b - a).map(name);
    return {rows: cells, names: ['guest', 'nested', 'reads'],
      summary: cells.sort((a, b) => b.reads - a.reads).slice(0, 10).map(c => `guest ${c.guest}, nested ${c.nested}: ${c.reads.toPrecision(3)}`).join('; '),
      spec: (width, style) => ({width, height: 240, data: [{name: 'table', values: cells}],
        scales: [{name: 'x', type: 'band', domain: names('n', nestedName), range: 'width'}, {name: 'y', type: 'band', domain: names('g', guestName), range: 'height'},
          {name: 'color', type: 'linear', range: 'heatmap', zero: true, domain: {data: 'table', field: 'reads'}}],
        axes: [bottom('x', 'nested level'), {scale: 'y', orient: 'left', title: 'guest level'}],
        marks: [{type: 'rect', from: {data: 'table'}, encode: {enter: {x: {scale: 'x', field: 'nested'}, width: {scale: 'x', band: 1, offset: -1},
            y: {scale: 'y', field: 'guest'}, height: {scale: 'y', band: 1, offset: -1}, fill: {scale: 'color', field: 'reads'},
            tooltip: {signal: "'guest ' + datum.guest + ', nested ' + datum.nested + ': ' + format(datum.reads, '.3~f') + ' reads a walk'"}}}},
          {type: 'text', from: {data: 'table'}, encode: {enter: {x: {scale: 'x', field: 'nested', band: .5}, y: {scale: 'y', field: 'guest', band: .5},
            align: {value: 'center'}, baseline: {value: 'middle'}, fontSize: {value: 11}, text: {signal: "format(datum.reads, '.2f')"},
            fill: {signal: `luminance(scale('color', datum.reads)) > .3 ? '#000000' : '#ffffff'`}}}}]})};
  },

  walkCaches() {
    const levels = ['l1d', 'l2', 'l3', 'memory'];
    const list = shown().filter(r => done(r) && r.walk_count > 0);
    if (!list.length) return 'No finished point walks.';
    const parts = [];
    for (const points of groupBy(list, 'mode', 'pages')) {
      const {mode, pages} = points[0], walks = sum(points.map(r => r.walk_count));
      let from = 0;
      for (const level of levels) {
        const reads = sum(points.map(r => r['walk_served_by_' + level])) / walks;
        parts.push({label: `${mode} ${pages}`, level: title(level), reads, from, to: from += reads, mode, pages});
      }
    }
    parts.sort((a, b) => String(a.pages).localeCompare(String(b.pages)) || MODES.indexOf(a.mode) - MODES.indexOf(b.mode));
    const names = [...new Set(parts.map(p => p.label))];
    return {rows: parts, names: ['mode', 'pages', 'level', 'reads'],
      summary: parts.slice(0, 16).map(p => `${p.label} ${p.level}: ${p.reads.toPrecision(3)}`).join('; '),
      spec: width => ({width, height: rowHeight(width) * names.length, data: [{name: 'table', values: parts}],
        scales: [{name: 'x', range: 'width', nice: true, domain: {data: 'table', field: 'to'}}, {name: 'y', type: 'band', domain: names, range: 'height', padding: .15},
          {name: 'color', type: 'ordinal', domain: levels.map(title), range: 'category'}],
        axes: [bottom('x', 'reads a walk', {grid: true, tickCount: 6}), configurations(width)],
        legends: [legend('answered by', levels.map(title), width)],
        marks: [{type: 'rect', from: {data: 'table'}, encode: {enter: {x: {scale: 'x', field: 'from'}, x2: {scale: 'x', field: 'to'},
          y: {scale: 'y', field: 'label'}, height: {scale: 'y', band: 1}, fill: {scale: 'color', field: 'level'},
          tooltip: {signal: "datum.label + ', ' + datum.level + ': ' + format(datum.reads, '.3~f')"}}}}]})};
  },

  timeline() {
    const list = shown().filter(r => r._timeline && r._timeline.length).slice(0, 30);
    if (!list.length) return 'No point shown changes its mode.';
    const spans = [];
    for (const row of list)
      row._timeline.forEach((change, i) => spans.push({point: 'point ' + row.point, mode: change.mode, from: change.reference,
        to: i + 1 < row._timeline.length ? row._timeline[i + 1].reference : change.end}));
    const modes = MODES.filter(m => spans.some(s => s.mode === m));
    return {rows: spans, names: ['point', 'mode', 'from', 'to'],
      summary: spans.slice(0, 12).map(s => `${s.point}: ${s.mode} from ${text(s.from)}`).join('; '),
      spec: width => ({width, height: Math.max(60, list.length * 24), data: [{name: 'table', values: spans}],
        scales: [{name: 'x', range: 'width', domain: {data: 'table', fields: ['from', 'to']}}, {name: 'y', type: 'band', domain: list.map(r => 'point ' + r.point), range: 'height', padding: .2}, modeScale('color', modes)],
        axes: [bottom('x', 'data reference', {tickCount: isNarrow(width) ? 4 : 6}), {scale: 'y', orient: 'left'}],
        legends: [legend('mode', modes, width)],
        marks: [{type: 'rect', from: {data: 'table'}, encode: {enter: {x: {scale: 'x', field: 'from'}, x2: {scale: 'x', field: 'to'}, y: {scale: 'y', field: 'point'},
          height: {scale: 'y', band: 1}, fill: {scale: 'color', field: 'mode'}, tooltip: {signal: "datum.mode"}}}}]})};
  },
};

// ---- a chart's place: controls, drawing, export ---------------------------------------------------

const select = (label, values, get, set) => element('label', {}, label,
  element('select', {onchange: e => set(e.target.value)},
    ...values.map(([value, name]) => element('option', {value, ...(value === get() ? {selected: ''} : {})}, name))));
const check = (label, get, set) => element('label', {class: 'check'},
  element('input', {type: 'checkbox', ...(get() ? {checked: ''} : {}), onchange: e => set(e.target.checked)}), label);
const named = names => names.map(n => [n, title(n)]);
const orNone = names => [['', 'nothing'], ...named(names)];
const update = (name, chart) => value => { state[name] = value; draw(chart); };
const hardware = ['_tlb_entries', 'area', ...varying.filter(isNumeric)].filter(isNumeric);
const controls = {
  response: () => [
    select('metric', named(metrics), () => state.metric, update('metric', 'response')),
    select('against', named(axes), () => state.x, update('x', 'response')),
    select('by', orNone(axes.filter(a => valuesOf(a).length < 40)), () => state.by, update('by', 'response')),
    select('as', [['lines', 'lines'], ['map', 'heat map']], () => state.shape, update('shape', 'response')),
    check('log x', () => state.logX, update('logX', 'response')), check('log y', () => state.logY, update('logY', 'response'))],
  explore: () => {
    const numbers = [...new Set([...metrics, ...axes.filter(isNumeric)])];
    const change = name => value => { state[name] = value; setBrush(null); };
    const bound = (name, label) => element('label', {}, label, element('input', {size: 9, id: 'brush-' + name, onchange: typeBrush}));
    return [
      select('across', named(numbers), () => state.ex, change('ex')), select('up', named(numbers), () => state.ey, change('ey')),
      select('colour', orNone(axes), () => state.ecolor, update('ecolor', 'explore')),
      bound('x0', 'across from'), bound('x1', 'to'), bound('y0', 'up from'), bound('y1', 'to'),
      element('button', {type: 'button', onclick: () => setBrush(null)}, 'Clear')];
  },
  pareto: () => [
    select('less hardware', named([...new Set([...hardware, ...metrics])]), () => state.cost, update('cost', 'pareto')),
    select('less of', named(metrics), () => state.gain, update('gain', 'pareto'))],
};

function typeBrush() {
  const [x0, x1, y0, y1] = ['x0', 'x1', 'y0', 'y1'].map(name => numberOf(state['e' + name[0]], $('brush-' + name).value));
  setBrush([x0, x1, y0, y1].every(v => v === null) ? null : {x: state.ex, y: state.ey, x0: x0 ?? -Infinity, x1: x1 ?? Infinity, y0: y0 ?? -Infinity, y1: y1 ?? Infinity});
}
function setBrush(brush) {
  const had = state.brush;
  state.brush = brush;
  for (const name of ['x0', 'x1', 'y0', 'y1']) {
    const value = brush ? brush[name] : null;
    const shown = state['e' + name[0]];
    const typed = value == null || !Number.isFinite(value) ? '' : isSize(shown) ? scaled(value, UNITS) : null;
    $('brush-' + name).value = typed ?? (shown === 'overhead' ? Number((100 * value).toPrecision(6)) + ' %' : Number(value.toPrecision(6)));
  }
  refresh(brush ? ['explore'] : []);
  if (!brush && !had) draw('explore');
}

const views = {};
for (const section of document.querySelectorAll('[data-chart]')) {
  const name = section.dataset.chart;
  const heading = section.querySelector('h2');
  heading.id = name + '-title';
  section.setAttribute('aria-labelledby', heading.id);
  section.append(
    element('div', {class: 'controls'}, ...(controls[name] ? controls[name]() : []),
      element('button', {type: 'button', onclick: () => exportSvg(name)}, 'SVG'),
      element('button', {type: 'button', onclick: () => save(name + '.csv', 'text/csv', csv(views[name].names, views[name].rows))}, 'CSV')),
    element('div', {class: 'chart', role: 'img', id: name + '-chart'}),
    element('p', {class: 'summary hidden', id: name + '-summary'}));
}

// Charts in view are drawn for the next frame, the others when nothing else is to be done, one at a
// time. `data-ready` says how far that is.
const queue = new Set();
let frameAsked = false, idleAsked = false;
const ready = text => { document.documentElement.dataset.ready = text; };
const inView = name => { const r = $(name + '-chart').getBoundingClientRect(); return r.bottom > 0 && r.top < innerHeight; };
function draw(name) {
  queue.add(name);
  ready('false');
  askFrame();
}
function askFrame() {
  if (frameAsked) return;
  frameAsked = true;
  requestAnimationFrame(drawInView);
}
function askIdle() {
  if (idleAsked) return;
  idleAsked = true;
  if (window.requestIdleCallback) requestIdleCallback(drawOne, {timeout: 200}); else setTimeout(drawOne);
}
function drawInView() {
  frameAsked = false;
  const began = performance.now();
  for (const name of [...queue].filter(inView)) {
    if (performance.now() - began > 60) return askFrame();
    queue.delete(name);
    drawNow(name);
  }
  ready(queue.size ? 'in view' : 'true');
  if (queue.size) askIdle();
}
function drawOne() {
  idleAsked = false;
  if (frameAsked || queue.size === 0) return;
  const [name] = queue;
  queue.delete(name);
  drawNow(name);
  if (queue.size) askIdle(); else ready('true');
}
function drawNow(name) {
  const box = $(name + '-chart');
  if (box.closest('section').hidden) return;
  const chart = charts[name]();
  if (views[name] && views[name].view) views[name].view.finalize();
  box.replaceChildren();
  if (typeof chart === 'string') {
    views[name] = {names: [], rows: []};
    box.textContent = chart;
    box.setAttribute('aria-label', chart);
    return;
  }
  const colors = config();
  const spec = {$schema: 'https://vega.github.io/schema/vega/v5.json', autosize: {type: 'fit-x', contains: 'padding'}, padding: 4,
    ...chart.spec(Math.max(240, box.clientWidth - 2), colors)};
  const view = new plotLibrary.View(plotLibrary.parse(spec, colors), {renderer: chart.renderer || 'svg', container: box, hover: true});
  view.addEventListener('click', (event, item) => {
    if (item && item.datum && typeof item.datum.point === 'number') choose(item.datum.point);
  });
  view.run();
  if (chart.ready) chart.ready(view);
  views[name] = {view, names: chart.names, rows: chart.rows};
  box.setAttribute('aria-label', chart.summary);
  $(name + '-summary').textContent = chart.summary;
}
async function exportSvg(name) {
  if (views[name].view) save(name + '.svg', 'image/svg+xml', await views[name].view.toSVG());
}

// ---- overview, filters, table, one point ----------------------------------------------------------

function overview() {
  const list = shown(), finished = list.filter(done);
  const of = name => columns[name] ? finished.map(({index}) => columns[name][index]) : [];
  const cycles = of('cycles'), [fewest, most] = span(cycles);
  const best = finished[cycles.indexOf(fewest)], worst = finished[cycles.indexOf(most)];
  const place = r => r ? varying.map(a => `${a} ${shownAs(a, r[a])}`).join(', ') : '';
  const failures = list.filter(failed).length;
  const cards = [
    ['points shown', `${list.length} of ${rows.length}`, `${finished.length} done, ${failures} failed, ${list.length - finished.length - failures} pending`],
    ['fewest cycles', best ? text(best.cycles) : '–', best ? `point ${best.point}: ${place(best)}` : ''],
    ['most cycles', worst ? text(worst.cycles) : '–', worst ? `point ${worst.point}: ${place(worst)}` : ''],
    ['median overhead', shownAs('overhead', median(of('overhead'))),
      ['walk cycles over all others', withoutOverhead(list)].filter(Boolean).join('; ')],
    ['median cycles a walk', text(median(of('cycles_per_walk'))), ''],
    ['simulated', text(sum(of('references'))) + ' references', `in ${text(sum(of('cpu_seconds')))} s of processor time`],
  ];
  $('cards').replaceChildren(...cards.map(([name, value, note]) => element('div', {}, element('dt', {}, name),
    element('dd', {}, element('strong', {}, value)), element('dd', {}, ...breakable(note)))));
  $('shown').textContent = `${list.length} of ${rows.length} points shown`;
}

function showFailures() {
  const groups = groupBy(shown().filter(failed), 'reason').sort((a, b) => b.length - a.length);
  $('failures').hidden = !groups.length;
  $('failures-body').replaceChildren(...groups.flatMap(points => [
    element('dt', {}, points[0].reason ?? 'no reason is known'),
    element('dd', {}, points.length === 1 ? 'point ' : points.length + ' points: ', ...points.slice(0, 20).map(({point}) =>
      element('button', {type: 'button', onclick: () => choose(point)}, String(point))), points.length > 20 ? ' …' : '')]));
}

function makeFilters() {
  const form = $('filters');
  form.addEventListener('submit', e => e.preventDefault());
  for (const axis of varying) {
    const values = valuesOf(axis);
    if (values.length > 200) continue;
    form.append(select(title(axis), [['', 'all'], ...values.map(v => [String(v), shownAs(axis, v)])], () => '', value => {
      if (value === '') delete state.filter[axis]; else state.filter[axis] = value;
      refresh();
    }));
  }
}

const TABLE_METRICS = ['cycles', 'overhead', 'walk_count', 'walk_cycles', 'cycles_per_walk', 'l1_tlb_misses', 'l2_tlb_misses', 'walk_memory_references', 'seconds'];
const failed = row => row.status === 'failed';
const tableColumns = ['point', ...axes, 'status', ...TABLE_METRICS.filter(n => metrics.includes(n) || columnNames.includes(n)), ...(rows.some(failed) ? ['reason'] : [])];
function sortedRows() {
  const {name, down} = state.sort;
  const ranks = ranksOf(name), none = valuesOf(name).length;
  // One number a row, place and index: numbers sort without a call for each comparison.
  const place = rank => rank === none || !down ? rank : none - 1 - rank;
  return [...Float64Array.from(shown(), ({index}) => place(ranks[index]) * rows.length + index).sort()].map(key => rows[key % rows.length]);
}
function table() {
  const list = sortedRows();
  const pages = Math.max(1, Math.ceil(list.length / PAGE_SIZE));
  state.page = Math.min(state.page, pages - 1);
  $('page-number').textContent = `page ${state.page + 1} of ${pages}`;
  const head = element('tr', {}, ...tableColumns.map(name => element('th', {scope: 'col',
    'aria-sort': state.sort.name === name ? (state.sort.down ? 'descending' : 'ascending') : 'none'},
    element('button', {type: 'button', onclick: () => {
      state.sort = {name, down: state.sort.name === name && !state.sort.down};
      state.page = 0;
      table();
      [...document.querySelectorAll('#table thead button')][tableColumns.indexOf(name)].focus();
    }}, title(name) + (state.sort.name === name ? (state.sort.down ? ' ▼' : ' ▲') : '')))));
  document.querySelector('#table thead').replaceChildren(head);
  document.querySelector('#table tbody').replaceChildren(...list.slice(state.page * PAGE_SIZE, (state.page + 1) * PAGE_SIZE).map(row =>
    element('tr', {'data-point': row.point, onclick: () => choose(row.point)},
      ...tableColumns.map(name => element('td', {class: typeof row[name] === 'number' ? 'number' : name === 'reason' ? 'words' : ''},
        name === 'point' ? element('button', {type: 'button'}, String(row.point)) : shownAs(name, row[name]))))));
  markChosen();
}
function markChosen() {
  for (const line of document.querySelectorAll('#table tbody tr'))
    line.setAttribute('aria-current', String(Number(line.dataset.point) === state.chosen));
}

function choose(point) {
  state.chosen = point;
  const row = chosenRow();
  $('point').hidden = !row;
  if (row) {
    $('point-title').textContent = 'Point ' + point;
    const lines = (heading, entries) => element('table', {}, element('caption', {}, element('h3', {}, heading)),
      element('tbody', {}, ...entries.map(([name, value, differs, key = name]) => element('tr', {class: differs ? 'differs' : ''},
        element('td', {}, ...breakable(name)), element('td', {class: typeof value === 'number' ? 'number' : 'words'}, Array.isArray(value) ? range(value) : shownAs(key, value))))));
    const range = list => list.map(part => typeof part === 'number' ? '0x' + part.toString(16) : part).join(', ');  // of addresses, or texts
    const configuration = Object.entries(data.configuration).map(([key, value]) => {
      const differs = value !== null && typeof value === 'object' && !Array.isArray(value);
      return [key, differs ? value.values[row.index] : value, differs];
    });
    $('point-body').replaceChildren(
      ...(row.reason ? [element('p', {}, 'Failed: ' + row.reason)] : []),
      lines('Result', [['status', row.status], ...metrics.map(m => [title(m), row[m], false, m])].filter(e => e[1] != null)),
      lines('Configuration (bold: differs between points)', done(row) ? configuration : axes.map(a => [a, row[a], true])));
  }
  markChosen();
  draw('walkLevels');
  if (row) $('point').scrollIntoView({block: 'nearest', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth'});
}

// ---- all together ----------------------------------------------------------------------------------

function refresh(except = []) {
  passed = brushed = null;
  overview();
  showFailures();
  table();
  for (const name of Object.keys(charts)) if (!except.includes(name)) draw(name);
}
function setTheme(name) {
  document.documentElement.dataset.theme = name;
  $('theme').textContent = name === 'dark' ? 'Light' : 'Dark';
  $('theme').setAttribute('aria-pressed', String(name === 'dark'));
}

document.title = $('title').textContent = data.title;
$('subtitle').textContent = `${data.description} · nestwalk ${data.version}`;
for (const section of document.querySelectorAll('[data-chart]')) section.hidden = !rows.some(done);
$('timeline').hidden = !rows.some(r => r._timeline && r._timeline.length);
setTheme(matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
$('theme').addEventListener('click', () => { setTheme(theme() === 'dark' ? 'light' : 'dark'); refresh(); });
$('csv').addEventListener('click', () => save('points.csv', 'text/csv', csv(['point', ...new Set([...axes, ...columnNames.filter(n => n !== 'point')])], sortedRows())));
$('previous').addEventListener('click', () => { state.page = Math.max(0, state.page - 1); table(); });
$('next').addEventListener('click', () => { ++state.page; table(); });
$('close').addEventListener('click', () => choose(null));
makeFilters();
refresh();
let resized, width = innerWidth;
addEventListener('resize', () => { clearTimeout(resized); resized = setTimeout(() => { if (innerWidth !== width) { width = innerWidth; Object.keys(charts).forEach(draw); } }, 150); });
let themeBefore;
addEventListener('beforeprint', () => { themeBefore = theme(); setTheme('light'); Object.keys(charts).forEach(drawNow); });
addEventListener('afterprint', () => { setTheme(themeBefore); Object.keys(charts).forEach(draw); });
})();
