// The block "Filters": rows that come and go, values that are found on the server while one types, the timezone.

import { combobox } from "./combobox.js";

/**
 * @param {HTMLElement} root the form's panel
 * @param {{ changed(): void, say(text: string): void }} form
 */
export function filters(root, form) {
  for (const row of root.querySelectorAll(".filter")) {
    row.querySelector(".remove").addEventListener("click", (event) => {
      event.preventDefault();
      remove(root, row, form);
    });
    if (row.querySelector(".chips")) chips(root, row, form);
  }
  for (const item of root.querySelectorAll("[data-add-filter]")) {
    item.querySelector("button").addEventListener("click", (event) => {
      event.preventDefault();
      add(root, item.dataset.addFilter, form);
    });
  }
}

const name = (row) => row.querySelector("legend").textContent;

function add(root, filter, { changed, say }) {
  const row = root.querySelector(`.filter[data-filter="${filter}"]`);
  row.hidden = false;
  row.disabled = false;
  // The newest one is the last one, below what one has filled in already.
  row.parentElement.append(row);
  settleMenu(root);
  changed();
  say(`Filter ${name(row)} added`);
  const field = row.querySelector(".chips-search, input[type='checkbox']");
  field.focus();
  // A press in the field opens its list: one sees at once what there is.
  if (field.type !== "checkbox") field.click();
}

function remove(root, row, { changed, say }) {
  row.hidden = true;
  row.disabled = true;
  for (const box of row.querySelectorAll("input[type='checkbox']")) box.checked = false;
  row.querySelector(".chips")?.replaceChildren();
  const search = row.querySelector(".chips-search");
  if (search) search.value = "";
  const mode = row.querySelector(".mode");
  if (mode) mode.value = "any";
  settleMenu(root);
  changed();
  say(`Filter ${name(row)} removed`);
  root.querySelector("#filters-menu").focus();
}

/** The menu offers what has no row yet. */
function settleMenu(root) {
  const menu = root.querySelector("#filters-menu-details");
  for (const item of menu.querySelectorAll("[data-add-filter]")) {
    item.hidden = !root.querySelector(`.filter[data-filter="${item.dataset.addFilter}"]`).hidden;
  }
  for (const group of menu.querySelectorAll(".menu-group")) {
    group.hidden = !group.querySelector("li:not([hidden])");
  }
  menu.open = false;
  menu.hidden = !menu.querySelector(".menu-group:not([hidden])");
}

/** A field whose values are chips: found by typing, removed by their button or by Backspace. */
function chips(root, row, { changed, say }) {
  const kind = row.dataset.filter;
  const list = row.querySelector(".chips");
  const input = row.querySelector(".chips-search");
  const values = () => [...list.querySelectorAll("input")].map((field) => field.value);
  const found = new Map();

  async function find(text, signal) {
    if (!found.has(text)) {
      const answer = await fetch(`/suggestions?${new URLSearchParams({ kind, q: text })}`, { signal });
      if (!answer.ok) throw new Error(answer.statusText);
      found.set(text, (await answer.json()).suggestions);
    }
    const all = found.get(text);
    const chosen = new Set(values());
    const choices = all
      .filter(({ id }) => !chosen.has(id))
      .map(({ id, name }) => ({ value: id, label: name, detail: id === name ? "" : id }));
    return { choices, note: noteFor(text, all, choices) };
  }

  function noteFor(text, all, choices) {
    if (all.length >= 20) return "Type more to see others";
    if (all.length === 0) return text ? `Nothing holds “${text}”` : "There are none";
    return choices.length === 0 ? "All of them are chosen" : "";
  }

  function choose({ value, label }) {
    const chip = root.querySelector("#chip-template").content.cloneNode(true);
    const field = chip.querySelector("input");
    const button = chip.querySelector("button");
    field.name = kind;
    field.value = value;
    chip.querySelector(".chip-name").textContent = label;
    button.title = value;
    button.name = "do";
    button.value = `drop:${kind}:${value}`;
    button.setAttribute("aria-label", `Remove ${label}`);
    list.append(chip);
    input.value = "";
    changed();
    say(`${label} added`);
    input.focus();
  }

  function drop(chip) {
    const label = chip.querySelector(".chip-name").textContent;
    chip.remove();
    changed();
    say(`${label} removed`);
    input.focus();
  }

  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    event.preventDefault();
    drop(button.closest(".chip"));
  });
  // The whole box looks like one field, so a press anywhere in it means the field.
  row.querySelector(".chips-field").addEventListener("click", (event) => {
    if (event.target === event.currentTarget || event.target === list) input.focus();
  });
  combobox(input, {
    name: name(row), find, choose, delay_ms: 150,
    backspace: () => { if (list.lastElementChild) drop(list.lastElementChild); },
  });
}

/**
 * The timezone: all zones of the server, searched here; at first the browser's own.
 *
 * @param {HTMLElement} root the form's panel
 * @param {{ changed(): void, zoneChanged(): void }} form
 */
export function timezone(root, { changed, zoneChanged }) {
  const input = root.querySelector("#timezone");
  const zones = [...root.querySelectorAll("#timezones option")].map((option) => option.value);
  if (input.dataset.guess !== undefined) {
    const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zones.includes(own) && input.value !== own) {
      input.value = own;
      zoneChanged();
    }
  }
  // The browser's own list would lie over ours.
  input.removeAttribute("list");
  input.dataset.holdsValue = "";
  const shown = 60;

  function find(text) {
    const wanted = text.toLowerCase().replaceAll(" ", "_");
    const rank = (zone) => {
      const lower = zone.toLowerCase();
      if (lower.startsWith(wanted) || lower.slice(lower.lastIndexOf("/") + 1).startsWith(wanted)) return 0;
      return lower.includes(wanted) ? 1 : 2;
    };
    const ranked = wanted
      ? zones.map((zone) => [rank(zone), zone]).filter(([place]) => place < 2).sort((a, b) => a[0] - b[0]).map(([, zone]) => zone)
      : common(zones, input.value);
    const choices = ranked.slice(0, shown).map((zone) => ({ value: zone, label: zone, detail: offset(zone) }));
    const more = wanted ? ranked.length - choices.length : zones.length - choices.length;
    const note = choices.length === 0 ? "There is no such timezone" : more > 0 ? `${more} more; type to find them` : "";
    return Promise.resolve({ choices, note });
  }

  combobox(input, {
    name: "Timezones", find,
    choose({ value }) {
      input.value = value;
      input.select();
      changed();
      zoneChanged();
    },
  });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("change", zoneChanged);
}

/** What one is likely to want before anything is typed: what stands there, one's own, UTC, then the rest. */
function common(zones, present) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const first = [...new Set([present, own, "UTC"])].filter((zone) => zones.includes(zone));
  return [...first, ...zones.filter((zone) => zone.includes("/") && !zone.startsWith("Etc/") && !first.includes(zone))];
}

function offset(zone) {
  try {
    const parts = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" }).formatToParts();
    return parts.find(({ type }) => type === "timeZoneName").value.replace(/^GMT$/, "GMT+00:00");
  } catch {
    return "";
  }
}
