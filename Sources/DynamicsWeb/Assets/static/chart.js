// Draws what the worksheet says. The server arranges the figures and the address keeps the settings: so a copied link opens the same
// chart, and the table below the picture has exactly what is drawn.

const panel = document.getElementById('report-chart');
const sheet = document.getElementById('chart-sheet');
const frame = document.getElementById('chart-frame');
const canvas = document.getElementById('chart-picture');
const title = document.getElementById('chart-title');
const status = document.getElementById('chart-status');
const address = `/reports/${encodeURIComponent(panel.dataset.report)}/chart`;

// MARK: The library

// A classic script, which leaves `Chart` behind.
const library = panel.dataset.library && new Promise((resolve, reject) => {
  const script = document.createElement('script');
  script.src = panel.dataset.library;
  script.onload = resolve;
  script.onerror = () => reject(new Error('The library that draws charts could not be loaded.'));
  document.head.append(script);
});

// MARK: Looks

const dark = matchMedia('(prefers-color-scheme: dark)');
const still = matchMedia('(prefers-reduced-motion: reduce)');

function colour(name) { return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim(); }
function seriesColour(index) { return colour(`series-${index % 12 + 1}`); }

// Lines are told apart without colour too.
const dashes = [[], [6, 3], [2, 2], [8, 3, 2, 3]];
const points = ['circle', 'rect', 'triangle', 'rectRot'];

const background = {
  id: 'background',
  beforeDraw(chart) {
    const { ctx, width, height } = chart;
    ctx.save();
    ctx.fillStyle = colour('surface');
    ctx.fillRect(0, 0, width, height);
    ctx.restore();
  },
};

const number = new Intl.NumberFormat(navigator.language, { maximumFractionDigits: 6 });
const short = new Intl.NumberFormat(navigator.language, { notation: 'compact', maximumFractionDigits: 2 });

function axisTitle(series) {
  const money = series.some((one) => one.isMoney);
  const things = series.some((one) => !one.isMoney);
  return money && things ? '' : money ? latest.currency : 'Quantity';
}

function axis(series, position, text) {
  return {
    position, display: series.length > 0, stacked: latest.kind === 'stacked', beginAtZero: latest.kind !== 'line',
    title: { display: axisTitle(series) !== '', text: axisTitle(series), color: text },
    grid: { color: colour('line'), drawOnChartArea: position === 'left', borderColor: colour('field-line') },
    ticks: { color: text, precision: series.some((one) => one.isMoney) ? undefined : 0, callback: (value) => Math.abs(value) < 100000 ? number.format(value) : short.format(value) },
  };
}

function datasets(data) {
  if (data.kind === 'pie') {
    return data.series.map((series) => ({
      label: series.name, data: series.values, texts: series.texts, field: series.field,
      backgroundColor: data.labels.map((_, index) => seriesColour(index)), borderColor: colour('surface'), borderWidth: 2,
    }));
  }
  const isLine = data.kind === 'line' || data.kind === 'area';
  return data.series.map((series, index) => ({
    label: series.isRight ? `${series.name} (right axis)` : series.name,
    data: series.values, texts: series.texts, field: series.field, yAxisID: series.isRight ? 'right' : 'left',
    stack: series.isRight ? 'right' : 'left',
    borderColor: seriesColour(index),
    backgroundColor: seriesColour(index) + (data.kind === 'area' ? '33' : isLine ? '' : 'd9'),
    fill: data.kind === 'area' ? 'origin' : false,
    borderWidth: isLine ? 2 : 0, borderDash: isLine ? dashes[Math.floor(index / 3) % dashes.length] : [],
    pointStyle: isLine ? points[index % points.length] : 'rect', pointRadius: data.labels.length > 70 ? 0 : 3, pointHoverRadius: 5,
    spanGaps: false, tension: 0,
  }));
}

function configuration(data, isMoving) {
  const text = colour('text');
  const isPie = data.kind === 'pie';
  const left = data.series.filter((series) => !series.isRight);
  const right = data.series.filter((series) => series.isRight);
  const scales = isPie ? {} : {
    x: {
      stacked: data.kind === 'stacked', grid: { display: false, borderColor: colour('field-line') },
      ticks: { color: text, maxRotation: 60, autoSkipPadding: 12 },
    },
  };
  if (!isPie && left.length) scales.left = axis(left, 'left', text);
  if (!isPie && right.length) scales.right = axis(right, 'right', text);
  return {
    type: isPie ? 'pie' : data.kind === 'line' || data.kind === 'area' ? 'line' : 'bar',
    data: { labels: data.labels, datasets: datasets(data) },
    plugins: [background],
    options: {
      responsive: true, maintainAspectRatio: false, animation: still.matches || !isMoving ? false : { duration: 250 },
      interaction: isPie ? { mode: 'nearest' } : { mode: 'index', intersect: false },
      scales,
      plugins: {
        title: { display: true, text: data.title, color: text, font: { size: 15 } },
        legend: {
          display: data.legend !== 'none', position: data.legend === 'none' ? 'bottom' : data.legend,
          labels: { color: text, usePointStyle: !isPie, boxHeight: 7 },
        },
        tooltip: {
          callbacks: {
            // As the report's own table writes it.
            label: (item) => `${isPie ? item.label : item.dataset.label}: ${item.dataset.texts[item.dataIndex] ?? '–'}`,
          },
        },
      },
    },
  };
}

// MARK: Drawing

let latest = null;
let chart = null;

function draw(isMoving = true) {
  const isEmpty = !latest.series.length || !latest.labels.length;
  chart?.destroy();
  chart = null;
  if (!frame) return;
  frame.hidden = isEmpty;
  document.getElementById('chart-png').hidden = isEmpty;
  document.getElementById('chart-print').hidden = isEmpty;
  if (isEmpty) return;
  const { Chart } = window;
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  chart = new Chart(canvas, configuration(latest, isMoving));
}

function tell(data) {
  title.textContent = data.title || 'Untitled chart';
  document.getElementById('chart-own-title').placeholder = data.title;
  document.getElementById('chart-notes').replaceChildren(...data.notes.map((note) => {
    const item = document.createElement('li');
    item.textContent = note;
    return item;
  }));
  document.getElementById('chart-figures').innerHTML = data.table;
  document.getElementById('chart-data').hidden = !data.table;
  document.getElementById('chart-blank').hidden = sheet.querySelector('[name="left"]:checked, [name="right"]:checked') !== null;
  const file = document.getElementById('export-xlsx');
  file.href = `${file.dataset.plain}&${data.fields}`;
  for (const field of document.querySelectorAll('[name="chart_settings"]')) field.value = data.fields;
  const words = document.getElementById('chart-settings-words');
  if (words) words.textContent = data.words;
}

let newest = 0;

// Asks for what the worksheet says, and draws it.
async function show(settings) {
  const mine = ++newest;
  frame?.setAttribute('aria-busy', 'true');
  try {
    const response = await fetch(`${address}?${settings}`, { headers: { Accept: 'application/json' } });
    if (!response.ok) throw new Error(response.status === 401 || response.redirected ? 'You are signed out.' : 'The chart could not be made.');
    const data = await response.json();
    await library;
    if (mine !== newest) return null;
    latest = data;
    tell(data);
    draw();
    panel.dataset.drawn = String(mine);
    return data;
  } catch (error) {
    if (mine === newest) status.textContent = `${error.message} Check the connection, and try again.`;
    return null;
  } finally {
    if (mine === newest) frame?.removeAttribute('aria-busy');
  }
}

// MARK: The worksheet

const settingNames = ['chart', 'left', 'right', 'axis', 'at', 'chart_title', 'legend'];

function sheetSettings() {
  const settings = new URLSearchParams();
  for (const [name, value] of new FormData(sheet)) {
    if (settingNames.includes(name) && value !== '' && (name !== 'at' || sheet.elements.chart.value === 'pie')) settings.append(name, value);
  }
  return settings;
}

// One figure is on one axis.
function keepOneAxis(box) {
  if (!box.checked) return;
  const other = box.name === 'left' ? 'right' : 'left';
  sheet.querySelector(`[name="${other}"][value="${box.value}"]`).checked = false;
}

async function change() {
  document.getElementById('chart-at-field').toggleAttribute('data-idle', sheet.elements.chart.value !== 'pie');
  const data = await show(sheetSettings());
  if (!data) return;
  const here = new URL(location.href);
  for (const name of settingNames) here.searchParams.delete(name);
  for (const [name, value] of new URLSearchParams(data.fields)) here.searchParams.append(name, value);
  history.replaceState(history.state, '', here);
  status.textContent = `Chart drawn: ${data.title || 'nothing is chosen'}, ${data.series.length} series.`;
}

let typing = 0;
sheet.addEventListener('input', (event) => {
  if (event.target.type === 'checkbox') keepOneAxis(event.target);
  clearTimeout(typing);
  // A title is drawn when one stops typing.
  typing = setTimeout(change, event.target.name === 'chart_title' ? 350 : 0);
});
sheet.addEventListener('submit', (event) => {
  event.preventDefault();
  clearTimeout(typing);
  change();
});
document.getElementById('chart-apply').hidden = true;
const list = document.getElementById('chart-measures');
const chosen = list.querySelector(':checked');
if (chosen) list.scrollTop = chosen.closest('[role="group"]').offsetTop;

// MARK: Taking it away

document.getElementById('chart-png').addEventListener('click', () => {
  if (!chart) return;
  const link = document.createElement('a');
  link.href = chart.toBase64Image('image/png');
  const name = (latest.title || 'chart').replace(/[^\p{L}\p{N} ._-]+/gu, ' ').replace(/ +/g, ' ').trim().slice(0, 80);
  link.download = `${name || 'chart'}.png`;
  link.click();
  status.textContent = 'The picture is downloaded.';
});
document.getElementById('chart-print').addEventListener('click', () => print());

dark.addEventListener('change', () => { if (latest) draw(); });
// On paper everything is as in the light.
for (const [event, isPaper] of [['beforeprint', true], ['afterprint', false]]) {
  addEventListener(event, () => {
    document.documentElement.classList.toggle('for-paper', isPaper);
    if (latest) draw(!isPaper);
  });
}

// For tests and for the curious: what is drawn now.
panel.drawnChart = () => chart;

show(new URLSearchParams(location.search));
