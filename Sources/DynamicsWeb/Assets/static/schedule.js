// The fields of a schedule: its next runs, before it is saved.

/** @param {ParentNode} root what holds the fields; nothing happens where there are none */
export function schedule(root) {
  const fields = root.querySelector("[data-schedule]");
  if (!fields) return;
  const names = ["frequency", "weekday", "month_day", "at", "schedule_timezone"];
  const next = fields.querySelector("[data-next]");
  let request = new AbortController();

  async function preview() {
    request.abort();
    const mine = (request = new AbortController());
    const form = new FormData(fields.closest("form"));
    const query = new URLSearchParams([...form].filter(([name]) => names.includes(name)));
    try {
      const answer = await fetch(`/schedules/preview?${query}`, { signal: mine.signal });
      if (!answer.ok) return;
      const { next: runs, message } = await answer.json();
      next.replaceChildren(...(message ? [message] : runs.flatMap((text) => {
        const run = document.createElement("span");
        run.className = "next-run";
        run.textContent = text;
        return [run, " "];
      })));
    } catch {
      // Only a preview: saving says what is wrong.
    }
  }

  fields.addEventListener("input", preview);
  preview();
}

for (const form of document.querySelectorAll(".schedule-form")) schedule(form);
