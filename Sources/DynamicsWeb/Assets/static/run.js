// Follows a run by its events, and loads the page again once there is something else to show.

const page = document.getElementById('run');
const progress = document.getElementById('run-progress');
const status = document.getElementById('run-status');
let told = '';

// Screen readers hear of a new state, and of every quarter.
function tell(state) {
  const quarter = state.percent == null ? 0 : Math.floor(state.percent / 25) * 25;
  const text = quarter > 0 ? `${state.heading}: ${quarter} %` : state.heading;
  if (text !== told) status.textContent = told = text;
}

function show(state) {
  document.getElementById('run-heading').textContent = state.heading;
  document.getElementById('run-detail').textContent = state.detail;
  if (state.percent == null) progress.removeAttribute('value');
  else progress.value = state.percent;
  tell(state);
}

const events = new EventSource(`/runs/${encodeURIComponent(page.dataset.run)}/events`);
events.addEventListener('state', (event) => {
  const state = JSON.parse(event.data);
  if (!state.isOver) return show(state);
  events.close();
  location.reload();
});
// A lost connection is taken up again by the browser; a refused one (signed out, too many) is not: then ask now and then.
events.addEventListener('error', () => {
  if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 3000);
});
