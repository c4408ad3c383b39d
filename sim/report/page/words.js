// Names, numbers and units as the page says them.
const $ = id => document.getElementById(id);
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
// And the other way round, as it may be typed.
function typedAs(name, value) {
  if (value == null || !Number.isFinite(value)) return '';
  if (isSize(name)) return scaled(value, UNITS) || String(value);
  return name === 'overhead' ? Number((100 * value).toPrecision(6)) + ' %' : String(Number(value.toPrecision(6)));
}
const median = list => {
  const sorted = Float64Array.from(list.filter(v => v != null)).sort();
  const half = sorted.length >> 1;
  return sorted.length === 0 ? null : sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};
const counted = count => count === 1 ? '1 point' : count + ' points';
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
// Where there is no room words are broken at spaces, and a key at its dots and underscores, but no number.
const BREAKS = /(?<=[._])(?=[A-Za-z])|(?<= )/;
const breakable = words => words.split(BREAKS).flatMap((part, i) => i === 0 ? [part] : [element('wbr'), part]);
function save(name, type, content) {
  const link = element('a', {href: URL.createObjectURL(new Blob([content], {type})), download: name});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
// `names`: columns, each a member of the rows or [member, heading].
const csv = (names, list) => {
  const cell = v => v == null ? '' : /[",\n]/.test(String(v)) ? '"' + String(v).replaceAll('"', '""') + '"' : String(v);
  const columns = names.map(name => [].concat(name));
  return [columns.map(column => column.at(-1)), ...list.map(r => columns.map(([member]) => r[member]))].map(line => line.map(cell).join(',')).join('\n') + '\n';
};
