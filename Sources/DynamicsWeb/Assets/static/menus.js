// Menus are <details> elements, so they open without scripts. Here they learn to close, to be searched and to be walked through.

/**
 * @param {ParentNode} root
 */
export function menus(root) {
  for (const menu of root.querySelectorAll("details.menu")) start(menu);
}

function start(menu) {
  const summary = menu.querySelector("summary");
  const search = menu.querySelector(".menu-search");
  const nothing = menu.querySelector(".menu-nothing");
  const items = () => [...menu.querySelectorAll(".menu-item")].filter((item) => item.offsetParent !== null);

  menu.addEventListener("toggle", () => {
    if (!menu.open) return;
    if (search) {
      search.value = "";
      narrow(menu, "", nothing);
      // Who opened it by an arrow key stands on an item already.
      if (!menu.querySelector(".menu-panel").contains(document.activeElement)) search.focus();
    }
  });
  search?.addEventListener("input", () => narrow(menu, search.value, nothing));
  search?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    // The first hit, so that "own" and Enter adds the owner; and never the whole form.
    event.preventDefault();
    items()[0]?.click();
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      event.preventDefault();
      menu.open = false;
      summary.focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!menu.open) menu.open = true;
      event.preventDefault();
      walk(event.key === "ArrowDown" ? 1 : -1);
    }
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  document.addEventListener("pointerdown", (event) => {
    if (menu.open && !menu.contains(event.target)) menu.open = false;
  });

  function walk(step) {
    const all = items();
    const at = all.indexOf(document.activeElement);
    const next = at + step;
    if (next < 0) (search ?? summary).focus();
    else all[Math.min(next, all.length - 1)]?.focus();
  }
}

/** Shows the items that hold the text, and only groups that have some. */
function narrow(menu, text, nothing) {
  const wanted = text.trim().toLowerCase();
  let isEmpty = true;
  for (const group of menu.querySelectorAll(".menu-group")) {
    let isGroupEmpty = true;
    for (const item of group.querySelectorAll("li")) {
      const fits = item.textContent.toLowerCase().includes(wanted);
      item.classList.toggle("filtered", !fits);
      if (fits && !item.hidden) isGroupEmpty = false;
    }
    group.classList.toggle("filtered", isGroupEmpty);
    isEmpty &&= isGroupEmpty;
  }
  if (nothing) nothing.hidden = !isEmpty;
}
