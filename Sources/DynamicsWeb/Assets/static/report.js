// What makes the report nicer than it is without scripts: sorting in place, smooth scrolling of long tables, explanations that
// are never cut off, copying the link, menus that open on hover.

import { RowWindow } from './report-rows.js';

const panel = document.getElementById('report');
const frame = document.getElementById('report-table');
const status = document.getElementById('report-status');
const count = Number(panel.dataset.count);
const reportAddress = `/reports/${encodeURIComponent(panel.dataset.report)}`;
document.documentElement.classList.add('scripted');

let rows = null;

// MARK: Long tables

// Rows beyond what a page without scripts shows at once come while one scrolls.
const longestPage = 1000;

function showRows() {
  rows?.close();
  rows = null;
  if (count <= longestPage) return;
  const query = new URLSearchParams(location.search);
  const first = (Number(query.get('page') ?? 1) - 1) * Number(query.get('rows') ?? longestPage);
  rows = new RowWindow(frame, {
    address: `${reportAddress}/rows`, sort: query.get('sort'), dir: query.get('dir'), count, first,
    onMove: (from, to) => showPosition(from, to),
    onError: () => { status.textContent = 'Some rows could not be loaded. Check the connection, and scroll again.'; },
  });
}

const position = document.getElementById('report-position');
const number = new Intl.NumberFormat(navigator.language);
function showPosition(from, to) {
  position.textContent = `Rows ${number.format(from)} to ${number.format(to)} of ${number.format(count)}`;
}
if (count > longestPage) {
  for (const links of document.querySelectorAll('#report-pages .page-links')) links.hidden = true;
}

// MARK: Sorting

let newest = 0;

async function sortBy(address, focused) {
  const query = new URLSearchParams(new URL(address, location.href).search);
  query.delete('id');
  if (count > longestPage) query.set('rows', '100');
  const mine = ++newest;
  frame.setAttribute('aria-busy', 'true');
  try {
    const response = await fetch(`${reportAddress}/table?${query}`);
    if (!response.ok) throw new Error(response.status);
    const html = await response.text();
    if (mine !== newest) return false;
    const left = frame.scrollLeft;
    rows?.close();
    rows = null;
    frame.innerHTML = html;
    frame.scrollTo(left, 0);
    if (focused) frame.querySelector(`a[data-sort="${focused}"]`)?.focus({ preventScroll: true });
    return true;
  } finally {
    if (mine === newest) frame.removeAttribute('aria-busy');
  }
}

frame.addEventListener('click', async (event) => {
  const link = event.target.closest('a[data-sort]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0) return;
  event.preventDefault();
  stopExplaining();
  // Not the link itself: the chart may have changed since it was made.
  const target = new URL(location.href);
  const order = new URL(link.href).searchParams;
  for (const name of ['sort', 'dir', 'page']) {
    if (order.has(name)) target.searchParams.set(name, order.get(name));
    else target.searchParams.delete(name);
  }
  // Of how many rows the first answer had, nobody need know.
  if (!new URLSearchParams(location.search).has('rows')) target.searchParams.delete('rows');
  const address = target.href;
  const column = link.dataset.sort;
  // A click by keyboard has no pointer that would hover afterwards.
  sorted = event.detail > 0 ? column : null;
  const title = link.textContent;
  try {
    if (!await sortBy(address, column)) return;
    history.pushState(null, '', address);
    showRows();
    const shown = frame.querySelector(`a[data-sort="${column}"]`)?.closest('th').getAttribute('aria-sort');
    status.textContent = `Sorted by ${title}, ${shown}`;
  } catch {
    // The server may have something to say, such as that one is signed out.
    location.assign(address);
  }
});

addEventListener('popstate', async () => {
  try {
    if (await sortBy(location.href, null)) showRows();
  } catch {
    location.reload();
  }
});

// MARK: Explanations

const tip = document.createElement('div');
tip.id = 'floating-tip';
tip.className = 'tip';
tip.popover = 'manual';
tip.setAttribute('aria-hidden', 'true');
document.body.append(tip);
let explained = null;
let tipTimer = 0;
// The title that was just clicked: its explanation would cover what one wants to see now.
let sorted = null;

function explain(title) {
  clearTimeout(tipTimer);
  if (explained === title) return;
  const text = title.querySelector('.tip')?.textContent;
  if (!text) return stopExplaining();
  explained = title;
  tip.textContent = text;
  tip.showPopover();
  placeTip(title);
}

function placeTip(title) {
  const box = title.getBoundingClientRect();
  const view = frame.getBoundingClientRect();
  const left = Math.max(box.left, view.left);
  tip.style.left = `${Math.max(4, Math.min(left, innerWidth - tip.offsetWidth - 8))}px`;
  const below = box.bottom + 4;
  const fits = below + tip.offsetHeight < innerHeight;
  tip.style.top = `${fits ? below : Math.max(4, box.top - tip.offsetHeight - 4)}px`;
}

function stopExplaining() {
  clearTimeout(tipTimer);
  if (!explained) return;
  explained = null;
  tip.hidePopover();
}

function titleOf(target) { return target.closest?.('thead th'); }

// The pointer may go onto the explanation itself without losing it.
const stopSoon = () => { clearTimeout(tipTimer); tipTimer = setTimeout(stopExplaining, 120); };
frame.addEventListener('pointerover', (event) => {
  if (event.pointerType === 'touch') return;
  const title = titleOf(event.target);
  clearTimeout(tipTimer);
  const column = title?.querySelector('a[data-sort]')?.dataset.sort ?? null;
  if (column !== sorted) sorted = null;
  // What moved away under the pointer meanwhile is not explained.
  if (title && !sorted) {
    tipTimer = setTimeout(() => { if (title.matches(':hover')) explain(title); }, explained ? 60 : 250);
  }
  else stopSoon();
});
frame.addEventListener('pointerleave', stopSoon);
tip.addEventListener('pointerenter', () => clearTimeout(tipTimer));
tip.addEventListener('pointerleave', stopSoon);
frame.addEventListener('focusin', (event) => {
  const title = titleOf(event.target);
  if (title && !sorted && event.target.matches(':focus-visible')) explain(title);
  else stopExplaining();
});
frame.addEventListener('focusout', stopExplaining);
// A title that gets the focus may have to scroll into sight first: its explanation goes along.
frame.addEventListener('scroll', () => {
  if (explained?.contains(document.activeElement)) placeTip(explained);
  else if (explained) stopExplaining();
}, { passive: true });
frame.addEventListener('click', (event) => {
  const button = event.target.closest('button.title');
  if (button) explain(titleOf(button));
});

// MARK: Menus

const menus = [...panel.querySelectorAll('details.menu')];
for (const menu of menus) {
  menu.addEventListener('toggle', () => {
    if (menu.open) for (const other of menus) if (other !== menu) other.open = false;
  });
}
addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  stopExplaining();
  for (const menu of menus) {
    if (!menu.open) continue;
    if (menu.contains(document.activeElement)) menu.querySelector('summary').focus();
    menu.open = false;
    menu.pinned = false;
  }
});
addEventListener('pointerdown', (event) => {
  for (const menu of menus) if (menu.open && !menu.contains(event.target)) menu.open = menu.pinned = false;
});

// Info opens on hover and on focus too, and stays when it was clicked.
const info = document.getElementById('info');
const infoButton = info.querySelector('summary');
let infoTimer = 0;
infoButton.addEventListener('click', (event) => {
  event.preventDefault();
  clearTimeout(infoTimer);
  info.pinned = !info.pinned;
  info.open = info.pinned;
});
info.addEventListener('pointerenter', (event) => {
  if (event.pointerType === 'touch') return;
  clearTimeout(infoTimer);
  infoTimer = setTimeout(() => { info.open = true; }, 200);
});
info.addEventListener('pointerleave', () => {
  clearTimeout(infoTimer);
  infoTimer = setTimeout(() => { if (!info.pinned && !info.contains(document.activeElement)) info.open = false; }, 300);
});
infoButton.addEventListener('focus', () => {
  if (infoButton.matches(':focus-visible')) info.open = true;
});
info.addEventListener('focusout', (event) => {
  if (!info.pinned && !info.contains(event.relatedTarget) && !info.matches(':hover')) info.open = false;
});

// MARK: Copy link

const copy = document.getElementById('copy-link');
copy.hidden = false;

// The link as it stands on the server's side, which knows its public address, in the order that is shown now.
function link() {
  const address = new URL(copy.dataset.link);
  const shown = new URLSearchParams(location.search);
  for (const name of ['page', 'rows']) shown.delete(name);
  address.search = shown;
  return address.href;
}

// Where a page came by plain HTTP there is no clipboard to write to but this one.
function copyBySelection(text) {
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'visually-hidden';
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  copy.focus();
  return done;
}

copy.addEventListener('click', async () => {
  const text = link();
  let done = false;
  try {
    await navigator.clipboard.writeText(text);
    done = true;
  } catch {
    done = copyBySelection(text);
  }
  if (!done) return prompt('The link of this report:', text);
  copy.textContent = 'Link copied';
  copy.classList.add('copied');
  status.textContent = 'Link copied';
  setTimeout(() => {
    copy.textContent = 'Copy link';
    copy.classList.remove('copied');
  }, 2500);
});

showRows();
