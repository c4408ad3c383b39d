// A chart's place on the page: controls, drawing, export.
const select = (label, values, get, set) => element('label', {}, label,
  element('select', {onchange: e => set(e.target.value)},
    ...values.map(([value, name]) => element('option', {value, ...(value === get() ? {selected: ''} : {})}, name))));
const range = (label, ids, typed) => element('span', {class: 'range', role: 'group', 'aria-label': label},
  ...ids.map((id, i) => element('label', {}, i === 0 ? label + ' from' : 'to', element('input', {size: 9, id, onchange: typed}))));
const check = (label, get, set) => element('label', {class: 'check'},
  element('input', {type: 'checkbox', ...(get() ? {checked: ''} : {}), onchange: e => set(e.target.checked)}), label);
const named = names => names.map(n => [n, title(n)]);
const orNone = names => [['', 'nothing'], ...named(names)];
const update = (name, chart) => value => { state[name] = value; draw(chart); };
// A list a page at a time: `part` is what the page that is turned to shows of it.
function pager(size, of, turned) {
  let page = 0;
  const turn = by => () => { page = Math.max(0, page + by); turned(); };
  const previous = element('button', {type: 'button', 'aria-label': 'Previous page of ' + of, onclick: turn(-1)}, '←');
  const next = element('button', {type: 'button', 'aria-label': 'Next page of ' + of, onclick: turn(1)}, '→');
  const number = element('span', {});
  const node = element('span', {class: 'pager'}, previous, number, next);
  return {node, begin() { page = 0; }, part(list) {
    const pages = Math.max(1, Math.ceil(list.length / size));
    page = Math.min(page, pages - 1);
    number.textContent = `page ${page + 1} of ${pages}`;
    node.hidden = pages === 1;
    previous.setAttribute('aria-disabled', String(page === 0));  // not disabled, which would lose the focus
    next.setAttribute('aria-disabled', String(page === pages - 1));
    return list.slice(page * size, (page + 1) * size);
  }};
}
const timelinePager = pager(30, 'points whose mode changes', () => draw('timeline'));
const controls = {
  response: () => [
    select('metric', named(metrics), () => state.metric, update('metric', 'response')),
    select('against', named(axes), () => state.x, update('x', 'response')),
    select('by', orNone(axes.filter(a => valuesOf(a).length < 40)), () => state.by, update('by', 'response')),
    select('as', [['lines', 'lines'], ['map', 'heat map']], () => state.shape, update('shape', 'response')),
    check('log x', () => state.logX, update('logX', 'response')), check('log y', () => state.logY, update('logY', 'response'))],
  explore: () => {
    const numbers = [...new Set([...metrics, ...axes.filter(isNumeric)])];
    const change = name => value => {
      state[name] = value;
      if (state.brush) setBrush(null); else draw('explore');
    };
    const bounds = (name, label) => range(label, ['brush-' + name + '0', 'brush-' + name + '1'], typeBrush);
    return [
      select('across', named(numbers), () => state.ex, change('ex')), select('up', named(numbers), () => state.ey, change('ey')),
      select('colour', orNone(axes), () => state.ecolor, update('ecolor', 'explore')),
      check('log across', () => state.logEx, update('logEx', 'explore')), check('log up', () => state.logEy, update('logEy', 'explore')),
      bounds('x', 'across'), bounds('y', 'up'),
      element('button', {type: 'button', onclick: () => setBrush(null)}, 'Clear')];
  },
  pareto: () => [
    select('less hardware', named([...new Set([...hardware, ...varying.filter(isNumeric), ...metrics])]), () => state.cost, update('cost', 'pareto')),
    select('less of', named(metrics), () => state.gain, update('gain', 'pareto'))],
  timeline: () => [timelinePager.node],
};

function typeBrush() {
  const [x0, x1, y0, y1] = ['x0', 'x1', 'y0', 'y1'].map(name => numberOf(state['e' + name[0]], $('brush-' + name).value));
  setBrush([x0, x1, y0, y1].every(v => v === null) ? null : {x: state.ex, y: state.ey, x0: x0 ?? -Infinity, x1: x1 ?? Infinity, y0: y0 ?? -Infinity, y1: y1 ?? Infinity});
}
// `drawn`: charts that show it already.
function setBrush(brush, drawn = []) {
  state.brush = brush;
  for (const name of ['x0', 'x1', 'y0', 'y1']) {
    $('brush-' + name).value = typedAs(state['e' + name[0]], brush && brush[name]);
  }
  refresh(drawn);
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
    element('p', {class: 'note', id: name + '-note'}),
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
const specOf = (chart, width, colors) => ({$schema: 'https://vega.github.io/schema/vega/v5.json', autosize: {type: 'fit-x', contains: 'padding'},
  padding: {left: 4, top: 4, bottom: 4, right: 22},  // half a number may stand out at the right once the chart has been made to fit
  ...chart.spec(width, colors)});
function fit(view, spec) {
  view.run();
  if (spec.axes.some(axis => axis.labelAngle)) view.resize().run();  // fitted, its first label reaches further out
}
// Vega's own tooltip is a title, which comes late and on no touch.
const tip = document.body.appendChild(element('div', {id: 'tip', role: 'tooltip', hidden: ''}));
function showTip(handler, event, item, value) {
  tip.hidden = !value;
  if (!value) return;
  tip.textContent = value;
  const {clientX, clientY} = event.changedTouches ? event.changedTouches[0] : event;
  const above = clientY + 16 + tip.offsetHeight > innerHeight;
  tip.style.left = Math.max(4, Math.min(clientX + 12, innerWidth - tip.offsetWidth - 8)) + 'px';
  tip.style.top = Math.max(4, above ? clientY - 8 - tip.offsetHeight : clientY + 16) + 'px';
}
addEventListener('scroll', () => { tip.hidden = true; }, {passive: true});
function drawNow(name) {
  const box = $(name + '-chart');
  if (box.closest('section').hidden) return;
  const chart = charts[name]();
  if (views[name] && views[name].view) views[name].view.finalize();
  box.replaceChildren();
  tip.hidden = true;
  $(name + '-note').textContent = chart.note || '';
  if (typeof chart === 'string') {
    views[name] = {names: [], rows: []};
    box.textContent = chart;
    box.setAttribute('aria-label', chart);
    return;
  }
  const colors = config();
  const width = Math.max(240, box.clientWidth - 2), spec = specOf(chart, width, colors);
  const view = new plotLibrary.View(plotLibrary.parse(spec, colors), {renderer: chart.renderer || 'svg', container: box, hover: true, tooltip: showTip});
  view.addEventListener('click', (event, item) => {
    if (item && item.datum && typeof item.datum.point === 'number') choose(item.datum.point);
  });
  fit(view, spec);
  if (chart.ready) chart.ready(view);
  views[name] = {view, width, names: chart.names, rows: chart.rows};
  box.setAttribute('aria-label', chart.summary);
  $(name + '-summary').textContent = chart.summary;
}
// In light colours on white, wherever it may be put.
async function exportSvg(name) {
  const before = theme(), {width} = views[name];
  if (!views[name].view) return;
  document.documentElement.dataset.theme = 'light';
  const colors = {...config(), background: 'white'}, spec = specOf(charts[name](), width, colors);
  const view = new plotLibrary.View(plotLibrary.parse(spec, colors), {renderer: 'none'});
  document.documentElement.dataset.theme = before;
  await fit(view, spec);
  save(name + '.svg', 'image/svg+xml', await view.toSVG());
  view.finalize();
}
