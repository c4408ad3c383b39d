// Overview, filters, table, one point; and all together.
function rangeWords(name, from, to) {
  const ends = [['from', from], ['to', to]].filter(([, end]) => Number.isFinite(end));
  return ends.length ? title(name) + ends.map(([word, end]) => ` ${word} ${shownAs(name, end)}`).join('') : '';
}
function overview() {
  const list = shown(), finished = list.filter(done);
  const of = name => columns[name] ? finished.map(({index}) => columns[name][index]) : [];
  const cycles = of('cycles'), [fewest, most] = span(cycles);
  const best = finished[cycles.indexOf(fewest)], worst = finished[cycles.indexOf(most)];
  const place = r => r ? varying.map(a => `${a} ${shownAs(a, r[a])}`).join(', ') : '';
  const failures = list.filter(failed).length;
  const cards = [
    ['points shown', `${list.length} of ${rows.length}`, `${finished.length} done, ${failures} failed, ${list.length - finished.length - failures} pending`],
    ['fewest cycles', best ? text(best.cycles) : '–', best ? `point ${best.point}: ${place(best)}. ${ofSeveralStreams(finished)}` : ''],
    ['most cycles', worst ? text(worst.cycles) : '–', worst ? `point ${worst.point}: ${place(worst)}` : ''],
    ['median overhead', shownAs('overhead', median(of('overhead'))),
      ['walk cycles over all others', withoutOverhead(list)].filter(Boolean).join('; ')],
    ['median cycles a walk', text(median(of('cycles_per_walk'))), ''],
    ['simulated', text(sum(of('references'))) + ' references', `in ${text(sum(of('cpu_seconds')))} s of processor time`],
  ];
  $('cards').replaceChildren(...cards.map(([name, value, note]) => element('div', {}, element('dt', {}, name),
    element('dd', {}, element('strong', {}, value)), element('dd', {}, ...breakable(note)))));
  $('shown').textContent = `${list.length} of ${rows.length} points shown`;
  // On paper no control says which.
  const {brush} = state;
  $('kept').textContent = [...Object.values(state.filter).map(({words}) => words),
    ...(brush ? [rangeWords(brush.x, brush.x0, brush.x1), rangeWords(brush.y, brush.y0, brush.y1)] : [])].filter(Boolean).join(', ');
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
    const keep = (test, words) => {
      if (test) state.filter[axis] = {test, words}; else delete state.filter[axis];
      refresh();
    };
    if (values.length <= 24 || !isNumeric(axis)) {
      form.append(select(title(axis), [['', 'all'], ...values.map(v => [String(v), shownAs(axis, v)])], () => '',
        wanted => keep(wanted !== '' && (value => String(value) === wanted), `${title(axis)} ${shownAs(axis, valuesOf(axis).find(v => String(v) === wanted))}`)));
      continue;
    }
    const ids = ['from', 'to'].map(end => `filter-${end}-${axis}`);
    form.append(range(title(axis), ids, () => {
      const [from, to] = ids.map(id => numberOf(axis, $(id).value));
      ids.forEach((id, i) => { $(id).value = typedAs(axis, [from, to][i]); });
      keep((from ?? to) !== null && (value => value >= (from ?? -Infinity) && value <= (to ?? Infinity)), rangeWords(axis, from, to));
    }));
  }
  form.append(element('button', {type: 'button', onclick: () => {
    form.reset();
    state.filter = {};
    setBrush(null);
  }}, 'Show all'));
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
const tablePager = pager(50, 'points', () => table());
function table() {
  const head = element('tr', {}, ...tableColumns.map(name => element('th', {scope: 'col', class: isNumeric(name) ? 'number' : false,
    'aria-sort': state.sort.name === name ? (state.sort.down ? 'descending' : 'ascending') : 'none'},
    element('button', {type: 'button', onclick: () => {
      state.sort = {name, down: state.sort.name === name && !state.sort.down};
      tablePager.begin();
      table();
      [...document.querySelectorAll('#table thead button')][tableColumns.indexOf(name)].focus();
    }}, title(name) + (state.sort.name === name ? (state.sort.down ? ' ▼' : ' ▲') : '')))));
  document.querySelector('#table thead').replaceChildren(head);
  document.querySelector('#table tbody').replaceChildren(...tablePager.part(sortedRows()).map(row =>
    element('tr', {'data-point': row.point, onclick: () => choose(row.point)},
      ...tableColumns.map(name => element('td', {class: isNumeric(name) ? 'number' : name === 'reason' ? 'words' : ''},
        name === 'point' ? element('button', {type: 'button'}, String(row.point)) : shownAs(name, row[name]))))));
  markChosen();
}
function markChosen() {
  for (const line of document.querySelectorAll('#table tbody tr'))
    line.setAttribute('aria-current', String(Number(line.dataset.point) === state.chosen));
}

let cameFrom = null;  // where the page was scrolled to, and the focus, before a point was opened
function choose(point) {
  if (point != null && state.chosen == null) cameFrom = {top: scrollY, focus: document.activeElement};
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
$('subtitle').textContent = [data.description, 'nestwalk ' + data.version].filter(Boolean).join(' · ');
for (const section of document.querySelectorAll('[data-chart]')) section.hidden = !rows.some(done);
$('timeline').hidden = !rows.some(r => r._timeline && r._timeline.length);
setTheme(matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
$('theme').addEventListener('click', () => { setTheme(theme() === 'dark' ? 'light' : 'dark'); refresh(); });
$('csv').addEventListener('click', () => save('points.csv', 'text/csv', csv(['point', ...new Set([...axes, ...columnNames.filter(n => n !== 'point')])], sortedRows())));
$('csv').after(tablePager.node);
$('close').addEventListener('click', () => {
  choose(null);
  cameFrom.focus.focus({preventScroll: true});
  scrollTo({top: cameFrom.top});
});
makeFilters();
refresh();
let resized, width = innerWidth;
addEventListener('resize', () => { clearTimeout(resized); resized = setTimeout(() => { if (innerWidth !== width) { width = innerWidth; Object.keys(charts).forEach(draw); } }, 150); });
let themeBefore;
addEventListener('beforeprint', () => { themeBefore = theme(); setTheme('light'); Object.keys(charts).forEach(drawNow); });
addEventListener('afterprint', () => { setTheme(themeBefore); Object.keys(charts).forEach(draw); });
