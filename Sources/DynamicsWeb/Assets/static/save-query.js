// "Save Query" as a dialog over the form.

import { schedule } from "./schedule.js";

// By the server's names of fields, where the dialog has others.
const places = { days: "days-error", frequency: "days-error", time: "time-error", timezone: "timezone-error-of-schedule" };
const told = ["name", "description", "visibility", ...Object.keys(places)];

/**
 * @param {HTMLElement} root the form's panel
 * @param {{ say(text: string): void, refreshed(extra: object): Promise<Document>, replace(page: Document): HTMLElement }} form
 */
export function saving(root, { refreshed, replace }) {
  const form = root.querySelector("#query-form");
  const dialog = root.querySelector("#save-dialog");
  const fields = root.querySelector("#save-form");
  const opener = root.querySelector("#save-query");

  schedule(fields);

  opener.addEventListener("click", (event) => {
    // The second click is the page's own, when the query has to be mended first.
    if (opener.dataset.passes !== undefined) return;
    event.preventDefault();
    for (const name of told) tell(name, "");
    // A schedule that is new goes by the clocks of the query.
    if (fields.elements.frequency.value === "none") fields.elements.schedule_timezone.value = form.elements.timezone.value;
    dialog.showModal();
    fields.elements.name.focus();
  });
  for (const button of dialog.querySelectorAll("[data-close]")) button.addEventListener("click", () => dialog.close());

  /** Shows what is wrong beside the field; nothing when the message is empty. */
  function tell(name, message) {
    const error = fields.querySelector(`#${places[name] ?? `save-${name}-error`}`);
    if (message && name in places) fields.querySelector(".save-schedule").open = true;
    error.textContent = message;
    error.hidden = message === "";
    const control = fields.querySelector(`#save-${name}`);
    control?.toggleAttribute("aria-invalid", false);
    if (message) control?.setAttribute("aria-invalid", "true");
  }

  fields.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form));
    const own = [...new FormData(fields)];
    for (const [name] of own) body.delete(name);
    for (const [name, value] of own) body.append(name, value);
    for (const name of told) tell(name, "");
    try {
      const answer = await fetch("/query/save", { method: "POST", body, headers: { Accept: "application/json" } });
      const result = await answer.json();
      if (answer.status === 201) {
        dialog.close();
        const next = replace(await refreshed({ template: result.id }));
        const status = next.querySelector("#form-status");
        status.classList.remove("visually-hidden");
        status.classList.add("saved");
        status.textContent = `Saved as “${result.name}”.`;
        next.querySelector("#save-query").focus();
      } else if (answer.status === 422 && result.fields?.length > 0) {
        for (const { name, message } of result.fields) tell(name, message);
        fields.querySelector("[aria-invalid='true']")?.focus();
      } else if (answer.status === 422) {
        // Something is wrong with the query itself: the server shows where.
        dialog.close();
        opener.dataset.passes = "";
        form.requestSubmit(opener);
      } else {
        tell("name", result.detail ?? "It could not be saved; try again.");
      }
    } catch {
      tell("name", "The server does not answer; try again.");
    }
  });
}
