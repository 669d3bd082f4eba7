// Times by the viewer's clock, numbers with the separators of the viewer's language.

const two = (number) => String(number).padStart(2, "0");
const dateOf = (time) => `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;

/** In `root`: `time[datetime]`, `data[value]`, and date fields that mean days of the viewer's. */
export function showLocalValues(root) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const time = new Date(element.dateTime);
    if (Number.isNaN(time.valueOf())) continue;
    const seconds = "seconds" in element.dataset ? `:${two(time.getSeconds())}` : "";
    element.title = element.dateTime.replace("T", " ").replace("Z", " UTC");
    element.textContent = `${dateOf(time)} ${two(time.getHours())}:${two(time.getMinutes())}${seconds}`;
  }
  for (const element of root.querySelectorAll("data[value]")) {
    element.textContent = Number(element.value).toLocaleString();
  }
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const field = root.querySelector("[data-timezone]");
  if (!zone || !field) return;
  field.value = zone;
  for (const element of root.querySelectorAll("[data-timezone-name]")) element.textContent = zone;
  for (const input of root.querySelectorAll("input[type=date]")) {
    input.min = dateOf(new Date());
    const end = input.dataset.lastDayBefore;
    if (end) input.value = dateOf(new Date(new Date(end).valueOf() - 1000));
  }
}
