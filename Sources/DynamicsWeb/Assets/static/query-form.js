// The query form with scripts: what the server would do by loading the page anew, done in place. Without them everything works
// by the form's own buttons.

import { filters, timezone } from "./filters.js";
import { groupings } from "./groupings.js";
import { pickers } from "./pickers.js";
import { saving } from "./save-query.js";
import { sendTo } from "./send-to.js";

const panel = () => document.querySelector("#query-panel");

// What is typed is kept for this tab, page by page, and for this session only: the next one has another token.
const storageKey = `query-form ${location.pathname}${location.search}`;
const session = document.body.dataset.csrf;
const remember = (form) => sessionStorage.setItem(storageKey, JSON.stringify([session, written(form)]));

/** What the form holds, as text; without the token, which belongs to the session. */
function written(form) {
  const fields = new URLSearchParams(new FormData(form));
  fields.delete("csrf");
  return fields.toString();
}

/** The page with the form as it stands, made by the server. */
async function refreshed(form, extra = {}) {
  const fields = new URLSearchParams(new FormData(form));
  fields.set("do", "refresh");
  for (const [name, value] of Object.entries(extra)) fields.set(name, value);
  return page(await fetch("/query", { method: "POST", body: fields }));
}

async function page(answer) {
  if (!answer.headers.get("Content-Type")?.startsWith("text/html")) throw new Error("no page");
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** Puts the form of another page in the place of this one's. */
function replace(other) {
  const old = panel();
  const fold = old.querySelector(".query-fold");
  const next = document.adoptNode(other.querySelector("#query-panel"));
  if (fold) {
    // On a report's page the form stays foldable: only what is in it is new.
    const summary = fold.querySelector("summary");
    fold.replaceChildren(summary, ...next.childNodes);
    fold.open = true;
  } else {
    old.replaceWith(next);
  }
  start();
  const root = panel();
  remember(root.querySelector("#query-form"));
  (root.querySelector("[autofocus]") ?? root.querySelector("[aria-invalid='true']"))?.focus();
  return root;
}

function start() {
  const root = panel();
  const form = root.querySelector("#query-form");
  const status = root.querySelector("#form-status");
  const say = (text) => { status.textContent = text; };
  const changed = () => remember(form);
  const context = { changed, say, zoneChanged: () => renewDates(root, form), refreshed: (extra) => refreshed(form, extra), replace };

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  pickers(root);
  filters(root, context);
  timezone(root, context);
  groupings(root, context);
  sendTo(root, context);
  period(root);
  saving(root, context);
  running(form, say);
}

/** What presets mean in another timezone, which may have another date. */
async function renewDates(root, form) {
  try {
    const other = await refreshed(form);
    for (const option of other.querySelectorAll("#preset option[data-from]")) {
      const mine = root.querySelector(`#preset option[value="${option.value}"]`);
      Object.assign(mine.dataset, option.dataset);
    }
    root.querySelector("#period-dates").replaceChildren(...other.querySelector("#period-dates").childNodes);
  } catch {
    // The dates are only a preview; the server resolves them anew when the query runs.
  }
}

/** Dates of one's own begin with what the preset meant. */
function period(root) {
  const preset = root.querySelector("#preset");
  let last = preset.selectedOptions[0];
  preset.addEventListener("change", () => {
    const from = root.querySelector("#from");
    const to = root.querySelector("#to");
    if (preset.value === "custom" && last?.dataset.from && !from.value && !to.value) {
      from.value = last.dataset.from;
      to.value = last.dataset.to;
    }
    last = preset.selectedOptions[0];
  });
}

/** Starts the query without leaving the page, so that a report below stays while there is something to mend. */
function running(form, say) {
  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (button && button.value !== "query") return;
    event.preventDefault();
    const run = form.querySelector("#run-query");
    if (run.getAttribute("aria-busy") === "true") return;
    run.setAttribute("aria-busy", "true");
    say("Starting the query");
    const fields = new URLSearchParams(new FormData(form));
    fields.set("do", "query");
    try {
      const answer = await fetch(form.action, { method: "POST", body: fields, headers: { Accept: "application/json, text/html" } });
      if (answer.ok) {
        location.assign((await answer.json()).location);
        // Whoever comes back finds a button that works.
        addEventListener("pageshow", () => run.removeAttribute("aria-busy"), { once: true });
        return;
      }
      if (answer.status !== 422 && answer.status !== 429) throw new Error(answer.statusText);
      replace(await page(answer));
    } catch {
      // Signed out, or no answer: the browser itself shows what there is to see.
      run.removeAttribute("aria-busy");
      form.submit();
    }
  });
}

/** After a reload or on the way back, the form is as it was left. */
async function restore() {
  const kind = performance.getEntriesByType("navigation")[0]?.type;
  const [writer, fields] = JSON.parse(sessionStorage.getItem(storageKey) ?? "[]");
  if ((kind !== "reload" && kind !== "back_forward") || writer !== session) return sessionStorage.removeItem(storageKey);
  if (fields === written(document.querySelector("#query-form"))) return;
  const body = new URLSearchParams(fields);
  body.set("csrf", session);
  body.set("do", "refresh");
  // Above a report it opens with that: what was changed and not asked yet must not hide behind the words of the old query.
  replace(await page(await fetch("/query", { method: "POST", body })));
}

if (panel()) {
  document.querySelector("form[action='/sign-out']")?.addEventListener("submit", () => sessionStorage.clear());
  start();
  restore().catch(() => sessionStorage.removeItem(storageKey));
}
