// The charts.
// The finished points that have all of these numbers, and what keeps the others out; `log`: 0 has no place.
function having(from, ...wanted) {
  const list = [], without = new Map();
  for (const row of from.filter(done)) {
    const lacking = wanted.find(([name, log]) => row[name] == null || (log && row[name] <= 0));
    if (!lacking) { list.push(row); continue; }
    const [name] = lacking, why = row[name] == null ? `no ${title(name)}` : `${title(name)} 0, which has no logarithm`;
    without.set(why, (without.get(why) || 0) + 1);
  }
  return {list, note: [...without].map(([why, count]) => `${counted(count)} ${count === 1 ? 'has' : 'have'} ${why}.`).join(' ')};
}

function withoutWalks() {
  const count = shown().filter(r => done(r) && !(r.walk_count > 0)).length;
  return count ? `${counted(count)} ${count === 1 ? 'has' : 'have'} no walks.` : '';
}

const charts = {
  // Each gives {rows, names, spec(width), summary, renderer, note}, or a text where there is nothing to draw. `names` are the
  // columns of its CSV, each a member of the rows or [member, heading].
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
    return {rows: groups, names: ['mode', 'pages', 'points', ['overhead', 'overhead_median'], ['least', 'overhead_least'], ['most', 'overhead_most']],
      note: omitted && omitted + '.',
      summary: [...groups.slice(0, 12).map(g => `${g.label}: ${(100 * g.overhead).toPrecision(3)} %`), omitted].filter(Boolean).join('; '),
      spec: (width, colors) => ({
        width, height: rowHeight(width) * groups.length, data: [{name: 'table', values: groups}],
        scales: [{name: 'y', type: 'band', domain: groups.map(g => g.label), range: 'height', padding: .2},
          {name: 'x', range: 'width', nice: true, zero: true, domain: {data: 'table', field: 'most'}}, modeScale('color', modes)],
        axes: [bottom('x', 'overhead', width, {grid: true, tickCount: isNarrow(width) ? 3 : 6}), configurations(width)],
        marks: [{type: 'rect', from: {data: 'table'}, encode: {enter: {
          y: {scale: 'y', field: 'label'}, height: {scale: 'y', band: 1}, x: {scale: 'x', field: 'overhead'}, x2: {scale: 'x', value: 0},
          fill: {scale: 'color', field: 'mode'}, tooltip: {signal: `datum.label + '\\n' + ${spread('overhead', 'datum.overhead')}`}}}},
        {type: 'rule', from: {data: 'table'}, encode: {enter: {y: {scale: 'y', field: 'label', band: .5}, x: {scale: 'x', field: 'least'},
          x2: {scale: 'x', field: 'most'}, stroke: {value: colors.text}, strokeWidth: {value: 1.5}}}}],
      })};
  },

  response() {
    const {x, metric, by, shape} = state;
    if (shape === 'map' && !by) return 'A heat map is of two axes: choose the other one under “by”.';
    const numeric = isNumeric(x) && shape === 'lines', logX = numeric && state.logX, logY = shape === 'lines' && state.logY;
    const {list, note} = having(shown(), [x, logX], [metric, logY], ...(by ? [[by]] : []));
    if (!list.length) return note || 'No point shown is done.';
    const groups = groupBy(list, x, ...(by ? [by] : [])).map(points => {
      const numbers = points.map(r => r[metric]), [least, most] = span(numbers);
      return {x: points[0][x], series: by ? points[0][by] : '', value: median(numbers), least, most, points: points.length};
    });
    const order = valuesOf(x);
    groups.sort((a, b) => order.indexOf(a.x) - order.indexOf(b.x));
    const series = by ? valuesOf(by).filter(v => groups.some(g => g.series === v)) : [''];
    const xs = order.filter(v => groups.some(g => g.x === v));
    const values = [...(logY ? [] : [0]), ...groups.map(g => g.value)];
    const named = (name, value) => `${JSON.stringify(title(name) + ' ')} + ${expression('shownAs', name, value)} + '\\n'`;
    const tooltip = {signal: `${named(x, 'datum.x')} + ${by ? named(by, 'datum.series') + ' + ' : ''}${JSON.stringify(title(metric) + ': ')} + ${spread(metric, 'datum.value')}`};
    const summary = `${title(metric)} against ${title(x)}${by ? ' by ' + title(by) : ''}: ` +
      groups.slice(0, 12).map(g => `${shownAs(x, g.x)}${by ? ' ' + shownAs(by, g.series) : ''}: ${shownAs(metric, g.value)}`).join('; ');
    const result = {rows: groups, summary, note, names: [['x', x], ...(by ? [['series', by]] : []), ['value', metric + '_median'],
      ['least', metric + '_least'], ['most', metric + '_most'], 'points']};
    if (shape === 'map' && by) {
      result.spec = width => ({width, height: Math.max(120, 26 * series.length), data: [{name: 'table', values: groups}],
        scales: [{name: 'x', type: 'band', domain: xs, range: 'width'}, {name: 'y', type: 'band', domain: series, range: 'height'},
          {name: 'color', type: 'linear', range: 'heatmap', domain: {data: 'table', field: 'value'}}],
        axes: [bottom('x', x, width, tilt(x, xs, width)), left('y', by, Math.max(120, 26 * series.length), {grid: false})],
        legends: [gradient(metric, 'top')],
        marks: [{type: 'rect', from: {data: 'table'}, encode: {enter: {x: {scale: 'x', field: 'x'}, width: {scale: 'x', band: 1, offset: -1},
          y: {scale: 'y', field: 'series'}, height: {scale: 'y', band: 1, offset: -1}, fill: {scale: 'color', field: 'value'}, tooltip}}}]});
      return result;
    }
    result.spec = width => ({width, height: 260, data: [{name: 'table', values: groups}],
      scales: [numeric ? quantity('x', xs, 'width', {log: logX, nice: false}) : {name: 'x', type: 'point', domain: xs, range: 'width', padding: .5},
        quantity('y', values, 'height', {log: logY, zero: !logY}), colorScale(by, series), shapeScale(by, series)],
      axes: [bottom('x', x, width, numeric ? ticks(x, xs, logX) : tilt(x, xs, width)), left('y', metric, 260, ticks(metric, values, logY))],
      legends: colorLegends(by, series, width),
      marks: [{type: 'group', from: {facet: {name: 'series', data: 'table', groupby: 'series'}}, marks: [
        {type: 'line', from: {data: 'series'}, encode: {enter: {x: {scale: 'x', field: 'x'}, y: {scale: 'y', field: 'value'},
          stroke: {scale: 'color', field: 'series'}, strokeWidth: {value: 2}}}},
        {type: 'symbol', from: {data: 'series'}, encode: {enter: {x: {scale: 'x', field: 'x'}, y: {scale: 'y', field: 'value'},
          fill: {scale: 'color', field: 'series'}, shape: {scale: 'shape', field: 'series'}, size: {value: 45}, tooltip}}}]}]});
    return result;
  },

  explore() {
    const {ex, ey, ecolor, logEx, logEy, brush} = state;
    const {list, note} = having(filtered(), [ex, logEx], [ey, logEy]);
    if (!list.length) return note || 'No point is done.';
    const colors = ecolor ? valuesOf(ecolor) : [''], xs = list.map(r => r[ex]), ys = list.map(r => r[ey]);
    const points = distinct(list, [ex, logEx], [ey, logEy], ecolor).map(r => ({point: r.point, x: r[ex], y: r[ey], color: ecolor ? r[ecolor] : ''}));
    // Where the range that filters begins and ends; open ends are those of the chart.
    const end = (scale, value, log, open) => Number.isFinite(value) && (!log || value > 0) ? {scale, value} : open;
    const ranged = !brush || brush.x !== ex || brush.y !== ey ? [] : [{type: 'group', encode: {enter: {width: {signal: 'width'}, height: {signal: 'height'}, clip: {value: true}}},
      interactive: false, marks: [{type: 'rect', interactive: false, encode: {
        enter: {...rangeStyle(), x: end('x', brush.x0, logEx, {value: 0}), x2: end('x', brush.x1, logEx, {signal: 'width'}),
          y: end('y', brush.y1, logEy, {value: 0}), y2: end('y', brush.y0, logEy, {signal: 'height'})},
        update: {opacity: {signal: 'down ? 0 : 1'}}}}]}];
    return {rows: list, names: ['point', ...new Set([...axes, ex, ey])], note, renderer: points.length > 1500 ? 'canvas' : 'svg',
      summary: `${list.length} points, ${title(ey)} against ${title(ex)}; the table below has them all.`,
      spec: width => ({width, height: 320, data: [{name: 'table', values: points}],
        signals: [
          {name: 'down', value: null, on: [{events: 'mousedown, touchstart', update: '[clamp(x(), 0, width), clamp(y(), 0, height)]'}]},
          {name: 'hit', value: false, on: [{events: 'mousedown, touchstart', update: '!!datum && isNumber(datum.point)'}]},
          {name: 'drag', value: null, on: [
            {events: 'mousedown, touchstart', update: '[clamp(x(), 0, width), clamp(y(), 0, height)]'},
            {events: '[mousedown, window:mouseup] > window:mousemove!, [touchstart, touchend] > touchmove', update: '[clamp(x(), 0, width), clamp(y(), 0, height)]'}]},
          {name: 'up', value: 0, on: [{events: 'window:mouseup, touchend', update: 'up + 1'}]}],
        scales: [quantity('x', xs, 'width', {log: logEx}), quantity('y', ys, 'height', {log: logEy}), colorScale(ecolor, colors), shapeScale(ecolor, colors)],
        axes: [bottom('x', ex, width, {grid: true, ...ticks(ex, xs, logEx)}), left('y', ey, 320, ticks(ey, ys, logEy))],
        legends: colorLegends(ecolor, colors, width),
        marks: [{type: 'symbol', from: {data: 'table'}, encode: {enter: {x: {scale: 'x', field: 'x'}, y: {scale: 'y', field: 'y'},
            fill: {scale: 'color', field: 'color'}, shape: {scale: 'shape', field: 'color'}, fillOpacity: {value: .75}, size: {value: list.length > 2000 ? 14 : 40}, cursor: {value: 'pointer'},
            tooltip: {signal: pointAt(ex, ey)}}}},
          ...ranged,
          {type: 'rect', interactive: false, encode: {enter: rangeStyle(),
            update: {x: {signal: 'down ? min(down[0], drag[0]) : 0'}, x2: {signal: 'down ? max(down[0], drag[0]) : 0'},
              y: {signal: 'down ? min(down[1], drag[1]) : 0'}, y2: {signal: 'down ? max(down[1], drag[1]) : 0'},
              opacity: {signal: 'down && abs(down[0] - drag[0]) + abs(down[1] - drag[1]) > 4 ? 1 : 0'}}}}]}),
      ready(view) {
        view.addSignalListener('up', () => {
          const down = view.signal('down'), drag = view.signal('drag');
          if (!down || !drag) return;
          if (Math.abs(down[0] - drag[0]) + Math.abs(down[1] - drag[1]) <= 4) {
            if (state.brush && !view.signal('hit')) setBrush(null);
            return;
          }
          const range = (scale, a, b) => [scale.invert(a), scale.invert(b)].sort((p, q) => p - q);
          const [x0, x1] = range(view.scale('x'), down[0], drag[0]);
          const [y0, y1] = range(view.scale('y'), down[1], drag[1]);
          setBrush({x: ex, y: ey, x0, x1, y0, y1}, ['explore']);
        });
      }};
  },

  pareto() {
    const {cost, gain} = state;
    const {list, note} = having(shown(), [cost], [gain]);
    if (!list.length) return note || 'No point shown is done.';
    const sorted = [...list].sort((a, b) => a[cost] - b[cost] || a[gain] - b[gain]);
    const front = [];  // equal points are on it together
    for (const row of sorted) {
      const last = front.at(-1);
      if (!last || row[gain] < last[gain] || (row[gain] === last[gain] && row[cost] === last[cost])) front.push(row);
    }
    const same = sorted[0][cost] === sorted.at(-1)[cost] ? `; all have the same ${title(cost)}` : '';
    const points = distinct(list, [cost], [gain]).map(r => ({point: r.point, x: r[cost], y: r[gain]}));
    const costs = list.map(r => r[cost]), gains = list.map(r => r[gain]);
    const line = front.map(r => ({point: r.point, x: r[cost], y: r[gain]}));
    return {rows: front, names: ['point', ...new Set([...axes, cost, gain])],
      note: `${front.length} of ${counted(list.length)} on the front${same}. ${ofSeveralStreams(list)} ${note}`.replace(/ +/g, ' ').trim(), renderer: points.length > 1500 ? 'canvas' : 'svg',
      summary: `${front.length} of ${list.length} points are on the front: ` + front.slice(0, 8).map(r => `point ${r.point} (${shownAs(cost, r[cost])}, ${shownAs(gain, r[gain])})`).join('; '),
      spec: (width, style) => ({width, height: 300, data: [{name: 'table', values: points}, {name: 'front', values: line}],
        scales: [quantity('x', costs, 'width'), quantity('y', gains, 'height')],
        axes: [bottom('x', cost, width, {grid: true, ...ticks(cost, costs)}), left('y', gain, 300, ticks(gain, gains))],
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
    return {rows: cells, names: ['guest', 'nested', 'reads'], note: state.chosen != null ? `Of point ${state.chosen}.` : withoutWalks(),
      summary: cells.sort((a, b) => b.reads - a.reads).slice(0, 10).map(c => `guest ${c.guest}, nested ${c.nested}: ${c.reads.toPrecision(3)}`).join('; '),
      spec: (width, style) => ({width, height: 240, data: [{name: 'table', values: cells}],
        scales: [{name: 'x', type: 'band', domain: names('n', nestedName), range: 'width'}, {name: 'y', type: 'band', domain: names('g', guestName), range: 'height'},
          {name: 'color', type: 'linear', range: 'heatmap', zero: true, domain: {data: 'table', field: 'reads'}}],
        axes: [bottom('x', 'nested level', width), {scale: 'y', orient: 'left', title: 'guest level'}],
        marks: [{type: 'rect', from: {data: 'table'}, encode: {enter: {x: {scale: 'x', field: 'nested'}, width: {scale: 'x', band: 1, offset: -1},
            y: {scale: 'y', field: 'guest'}, height: {scale: 'y', band: 1, offset: -1}, fill: {scale: 'color', field: 'reads'},
            tooltip: {signal: "'guest ' + datum.guest + ', nested ' + datum.nested + ': ' + format(datum.reads, '.3~f') + ' reads a walk'"}}}},
          {type: 'text', from: {data: 'table'}, encode: {enter: {x: {scale: 'x', field: 'nested', band: .5}, y: {scale: 'y', field: 'guest', band: .5},
            align: {value: 'center'}, baseline: {value: 'middle'}, fontSize: {value: 11}, text: {signal: "datum.reads < .005 ? '<.01' : format(datum.reads, '.2f')"},
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
    return {rows: parts, names: ['mode', 'pages', 'level', 'reads'], note: withoutWalks(),
      summary: parts.slice(0, 16).map(p => `${p.label} ${p.level}: ${p.reads.toPrecision(3)}`).join('; '),
      spec: width => ({width, height: rowHeight(width) * names.length, data: [{name: 'table', values: parts}],
        scales: [{name: 'x', range: 'width', nice: true, domain: {data: 'table', field: 'to'}}, {name: 'y', type: 'band', domain: names, range: 'height', padding: .15},
          {name: 'color', type: 'ordinal', domain: levels.map(title), range: 'category'}],
        axes: [bottom('x', 'reads a walk', width, {grid: true, tickCount: 6}), configurations(width)],
        legends: [legend('answered by', levels.map(title), width)],
        marks: [{type: 'rect', from: {data: 'table'}, encode: {enter: {x: {scale: 'x', field: 'from'}, x2: {scale: 'x', field: 'to'},
          y: {scale: 'y', field: 'label'}, height: {scale: 'y', band: 1}, fill: {scale: 'color', field: 'level'},
          tooltip: {signal: "datum.label + ', ' + datum.level + ': ' + format(datum.reads, '.3~f')"}}}}]})};
  },

  timeline() {
    const all = shown().filter(r => r._timeline && r._timeline.length);
    const list = timelinePager.part(all);
    if (!list.length) return 'No point shown changes its mode.';
    const spansOf = points => points.flatMap(({point, _timeline}) => _timeline.map((change, i) => ({point, label: 'point ' + point,
      mode: change.mode, from: change.reference, to: i + 1 < _timeline.length ? _timeline[i + 1].reference : change.end})));
    const spans = spansOf(list), modes = MODES.filter(m => spans.some(s => s.mode === m)), from = all.indexOf(list[0]);
    return {rows: spansOf(all), names: ['point', 'mode', 'from', 'to'],
      note: list.length < all.length ? `${from + 1} to ${from + list.length} of ${all.length} points; the CSV has all.` : '',
      summary: spans.slice(0, 12).map(s => `${s.label}: ${s.mode} from ${text(s.from)}`).join('; '),
      spec: width => ({width, height: Math.max(60, list.length * 24), data: [{name: 'table', values: spans}],
        scales: [{name: 'x', range: 'width', domain: {data: 'table', fields: ['from', 'to']}}, {name: 'y', type: 'band', domain: list.map(r => 'point ' + r.point), range: 'height', padding: .2}, modeScale('color', modes)],
        axes: [bottom('x', 'data reference', width, {tickCount: isNarrow(width) ? 4 : 6}), {scale: 'y', orient: 'left'}],
        legends: [legend('mode', modes, width)],
        marks: [{type: 'rect', from: {data: 'table'}, encode: {enter: {x: {scale: 'x', field: 'from'}, x2: {scale: 'x', field: 'to'}, y: {scale: 'y', field: 'label'},
          height: {scale: 'y', band: 1}, fill: {scale: 'color', field: 'mode'}, cursor: {value: 'pointer'},
          tooltip: {signal: "describe(datum.point) + '\\n' + datum.mode + ' from ' + tick('', datum.from) + ' to ' + tick('', datum.to)"}}}}]})};
  },
};
