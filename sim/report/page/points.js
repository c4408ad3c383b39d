// The points: columns, an array each, and rows, an object a point; what is shown of them.
const data = JSON.parse(document.getElementById('data').textContent);
const MODES = ['native', 'native-direct', 'base-virtualized', 'dual-direct', 'vmm-direct', 'guest-direct'];

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
// Points of several streams are no alternatives to each other.
const ofSeveralStreams = list => {
  const keys = ['trace', 'workload'].filter(key => axes.includes(key));
  const count = keys.length ? groupBy(list, ...keys).length : 0;
  return count > 1 ? `The points are of ${count} streams: filter one to compare its own.` : '';
};
// Where walks overlap they may take all cycles, or more: then there is no share to tell.
const lacksOverhead = row => done(row) && row.overhead == null;
const withoutOverhead = list => {
  const count = list.filter(lacksOverhead).length;
  return count === 0 ? '' : `${count === 1 ? '1 point has' : count + ' points have'} none: walks overlap`;
};
const metrics = ['cycles_per_reference', 'cycles_per_walk', ...data.metrics].filter(isNumeric);
const varying = axes.filter(a => valuesOf(a).length > 1);
// What a design pays with.
const hardware = ['_tlb_entries', 'area', ...varying.filter(a => !/^(software\.|seed$|references$|warmup$|skip$)/.test(a))].filter(isNumeric);
const first = (...names) => names.find(n => n != null);

const state = {
  filter: {}, brush: null, chosen: null, sort: {name: 'point', down: false},
  x: first(varying.find(a => isNumeric(a) && a !== 'seed'), varying[0], axes[0]), metric: rows.some(lacksOverhead) ? 'cycles' : 'overhead',
  by: varying.includes('mode') ? 'mode' : '', shape: 'lines', logX: false, logY: false, logEx: false, logEy: false,
  ex: 'walk_cycles', ey: 'cycles', ecolor: first(varying.includes('mode') ? 'mode' : null, varying[0], ''),
  cost: first(hardware.find(name => valuesOf(name).length > 1), hardware[0], metrics[0]), gain: 'cycles',
};
if (!metrics.includes(state.metric)) state.metric = metrics[0];
const between = (value, from, to) => typeof value === 'number' && value >= from && value <= to;
const within = (row, b) => between(row[b.x], b.x0, b.x1) && between(row[b.y], b.y0, b.y1);
// What passes the filters, and of that what the brush leaves: found once after each change.
let passed = null, brushed = null;
function filtered() {
  if (passed) return passed;
  const tests = Object.entries(state.filter).map(([axis, {test}]) => {
    const ranks = ranksOf(axis), pass = valuesOf(axis).map(test);
    return row => pass[ranks[row.index]];
  });
  return passed = rows.filter(row => tests.every(test => test(row)));
}
const shown = () => brushed ??= state.brush ? filtered().filter(row => within(row, state.brush)) : filtered();
const chosenRow = () => rows.find(r => r.point === state.chosen);
