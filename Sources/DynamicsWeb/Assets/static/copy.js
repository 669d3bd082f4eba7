// Buttons that copy: `data-copy` an address on this server, `data-copy-from` what the field with that id holds.

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Without TLS there is no clipboard but the old one.
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  if (!isCopied) throw new Error("not copied");
}

function say(button, text) {
  button.dataset.label ??= button.textContent;
  button.dataset.name ??= button.getAttribute("aria-label") ?? "";
  button.style.minWidth = `${button.offsetWidth}px`;
  button.textContent = text;
  button.setAttribute("aria-label", text);
  clearTimeout(button.timer);
  button.timer = setTimeout(() => {
    button.textContent = button.dataset.label;
    if (button.dataset.name) button.setAttribute("aria-label", button.dataset.name);
    else button.removeAttribute("aria-label");
  }, 2000);
}

export function copyOnClick() {
  const status = document.createElement("p");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  document.body.append(status);
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-copy-from]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copyFrom);
    const text = field ? field.value : new URL(button.dataset.copy, location.origin).href;
    try {
      await copy(text);
      button.focus();
      say(button, "Copied");
      status.textContent = "Copied";
    } catch {
      // What cannot be copied can be seen, and copied by hand.
      say(button, "Not copied");
      status.textContent = "Not copied";
      if (!field) prompt("Copy the link:", text);
    }
    setTimeout(() => { status.textContent = ""; }, 2000);
  });
}
