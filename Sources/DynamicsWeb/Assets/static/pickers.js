// Pickers are <details> elements, so they open without scripts. Here they learn to close, to be searched and to be walked through.

/**
 * @param {ParentNode} root
 */
export function pickers(root) {
  for (const picker of root.querySelectorAll("details.picker")) start(picker);
}

function start(picker) {
  const summary = picker.querySelector("summary");
  const search = picker.querySelector(".picker-search");
  const nothing = picker.querySelector(".picker-nothing");
  const items = () => [...picker.querySelectorAll(".picker-item")].filter((item) => item.offsetParent !== null);

  picker.addEventListener("toggle", () => {
    if (!search) return;
    if (picker.open) {
      // Who opened it by an arrow key stands on an item already.
      if (!picker.querySelector(".picker-panel").contains(document.activeElement)) search.focus();
    } else {
      // Emptied for the next time here, since this event comes late: one may have begun to type when it tells of the opening.
      search.value = "";
      narrow(picker, "", nothing);
    }
  });
  search?.addEventListener("input", () => narrow(picker, search.value, nothing));
  search?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    // The first hit, so that "own" and Enter adds the owner; and never the whole form.
    event.preventDefault();
    items()[0]?.click();
  });
  picker.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && picker.open) {
      event.preventDefault();
      picker.open = false;
      summary.focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!picker.open) picker.open = true;
      event.preventDefault();
      walk(event.key === "ArrowDown" ? 1 : -1);
    }
  });
  picker.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !picker.contains(event.relatedTarget)) picker.open = false;
  });
  document.addEventListener("pointerdown", (event) => {
    if (picker.open && !picker.contains(event.target)) picker.open = false;
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
function narrow(picker, text, nothing) {
  const wanted = text.trim().toLowerCase();
  let isEmpty = true;
  for (const group of picker.querySelectorAll(".picker-group")) {
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
