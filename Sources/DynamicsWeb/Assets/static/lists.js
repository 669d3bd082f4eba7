// What makes the lists nicer; all of them work without.
import { showLocalValues } from "./local-values.js";
import { openDialogs } from "./dialogs.js";
import { copyOnClick } from "./copy.js";
import { suggest } from "./suggest.js";

/** Only one menu is open, and it closes like menus do. */
function menus() {
  const opened = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("click", (event) => {
    for (const menu of opened()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("focusin", (event) => {
    for (const menu of opened()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("details.menu");
    if (!menu) return;
    const items = [...menu.querySelectorAll("form > button, form > a")];
    const index = items.indexOf(document.activeElement);
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      menu.open = true;
      const step = event.key === "ArrowDown" ? 1 : -1;
      items[index < 0 && step < 0 ? items.length - 1 : (index + step + items.length) % items.length].focus();
    }
  });
}

/**
 * After an action the focus is on the row that it was about, which the address names, or else on what is said about it; loading
 * the page again does not say it again.
 */
function afterAction() {
  const notice = document.querySelector("main > .notice");
  if (!notice) return;
  const address = new URL(location.href);
  address.searchParams.delete("notice");
  history.replaceState(history.state, "", address);
  if (!document.querySelector("tr:target")) {
    notice.tabIndex = -1;
    notice.focus({ preventScroll: true });
  }
  // Screen readers say what changes in a status, not what was there from the start.
  const text = notice.textContent;
  notice.textContent = "";
  requestAnimationFrame(() => { notice.textContent = text; });
}

/** The first field that is wrong has the focus, whichever the page would have given it to. */
function afterRefusal() {
  document.querySelector("[data-panel] [aria-invalid=true]")?.focus();
}

/** What is still on its way is shown as it goes: its part of the page is taken from the page as it is then, and nothing else changes. */
function live() {
  const part = document.querySelector("[data-live]");
  if (!part) return;
  setTimeout(async () => {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = answer.ok && !answer.redirected ? page.getElementById(part.id) : null;
      if (!next) return;
      showLocalValues(next);
      part.replaceWith(document.adoptNode(next));
    } catch {
      // No answer now; perhaps the next time.
    }
    live();
  }, 2000);
}

/** A form is sent once, however often its button is pressed. */
function sendOnce() {
  const sent = new Set();
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    if (sent.has(event.target)) event.preventDefault();
    sent.add(event.target);
  });
  addEventListener("pageshow", () => sent.clear());
}

/** The page with a secret came as the answer to a form: loading it again must not send the form again. */
function afterSecret() {
  const page = document.querySelector("[data-secret-page]");
  if (!page) return;
  history.replaceState(null, "", page.dataset.secretPage);
  const field = page.querySelector("input");
  field.addEventListener("focus", () => field.select());
  if (document.activeElement === field) field.select();
  // The address is that of the next page already, so the link alone would not load it.
  page.querySelector(".actions a").addEventListener("click", (event) => {
    event.preventDefault();
    location.reload();
  });
}

showLocalValues(document);
menus();
openDialogs((panel) => showLocalValues(panel));
copyOnClick();
suggest();
sendOnce();
live();
// The browser moves the focus itself while it loads: to what the address names, and to what has `autofocus`.
addEventListener("load", () => setTimeout(() => {
  afterAction();
  afterRefusal();
  afterSecret();
}));
