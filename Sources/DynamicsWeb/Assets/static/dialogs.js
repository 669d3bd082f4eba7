// Links marked `data-dialog` lead to pages with one panel; here the panel opens over the list instead.

async function panelOf(address) {
  const response = await fetch(address, { headers: { Accept: "text/html" } });
  // Signed out meanwhile, or gone: the page itself says so better.
  if (!response.ok || response.redirected) return null;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return page.querySelector("[data-panel]");
}

function show(panel, opener) {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "panel-title");
  dialog.append(document.adoptNode(panel));
  document.body.append(dialog);
  let pressed = null;
  dialog.addEventListener("pointerdown", (event) => { pressed = event.target; });
  dialog.addEventListener("click", (event) => {
    const isOutside = event.target === dialog && pressed === dialog;
    if (!isOutside && !event.target.closest("[data-cancel]")) return;
    event.preventDefault();
    dialog.close();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    opener.focus();
  });
  dialog.showModal();
}

/** @param prepare is given each panel before it is shown. */
export function openDialogs(prepare) {
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (link.dataset.busy) return;
    link.dataset.busy = "yes";
    const panel = await panelOf(link.href).catch(() => null);
    delete link.dataset.busy;
    if (!panel) {
      location.assign(link.href);
      return;
    }
    prepare(panel);
    const menu = link.closest("details.menu");
    if (menu) menu.open = false;
    show(panel, menu ? menu.querySelector("summary") : link);
  });
}
