// The block "Group by": adding, removing, and reordering by buttons and by dragging.

/**
 * @param {HTMLElement} root the form's panel
 * @param {{ changed(): void, say(text: string): void }} form
 */
export function groupings(root, { changed, say }) {
  const list = root.querySelector("#groupings");
  const empty = root.querySelector("#groupings-empty");
  const rows = () => [...list.children].filter((row) => !row.hidden);
  const title = (row) => row.querySelector(".grouping-title").textContent;
  const adder = (row) => root.querySelector(`#add-${row.dataset.grouping}`);

  /** Brings what depends on the order up to date. */
  function settle() {
    const all = rows();
    for (const row of list.children) {
      row.querySelector("input").disabled = row.hidden;
      adder(row).hidden = !row.hidden;
      row.querySelector("[value^='move-up']").toggleAttribute("aria-disabled", false);
      row.querySelector("[value^='move-down']").toggleAttribute("aria-disabled", false);
    }
    all.at(0)?.querySelector("[value^='move-up']").setAttribute("aria-disabled", "true");
    all.at(-1)?.querySelector("[value^='move-down']").setAttribute("aria-disabled", "true");
    empty.hidden = all.length > 0;
    changed();
  }

  const sayPlace = (row) => say(`${title(row)}: ${rows().indexOf(row) + 1} of ${rows().length}`);

  function move(row, step, button) {
    const all = rows();
    const other = all[all.indexOf(row) + step];
    if (!other) return say(`${title(row)} is ${step < 0 ? "first" : "last"} already`);
    list.insertBefore(step < 0 ? row : other, step < 0 ? other : row);
    settle();
    button.focus();
    sayPlace(row);
  }

  function add(row) {
    row.hidden = false;
    const all = rows();
    all.filter((other) => other !== row).at(-1)?.after(row);
    settle();
    row.querySelector("[value^='move-up']").focus();
    say(`Grouped by ${rows().map(title).join(", then ")}`);
  }

  function remove(row) {
    row.hidden = true;
    list.append(row);
    settle();
    adder(row).focus();
    say(rows().length > 0 ? `Grouped by ${rows().map(title).join(", then ")}` : "Not grouped");
  }

  const actions = {
    "move-up": (row, button) => move(row, -1, button),
    "move-down": (row, button) => move(row, 1, button),
    "add-group": (row) => add(row),
    "remove-group": (row) => remove(row),
  };

  root.querySelector("#group-by").addEventListener("click", (event) => {
    const button = event.target.closest("button[name='do']");
    if (!button) return;
    const [verb, grouping] = button.value.split(":");
    event.preventDefault();
    actions[verb](list.querySelector(`[data-grouping="${grouping}"]`), button);
  });

  dragging(list, rows, (row) => {
    settle();
    sayPlace(row);
  });
}

/** Rows follow the pointer, whatever kind of pointer it is, and change places as it passes the middle of a neighbour. */
function dragging(list, rows, dropped) {
  list.addEventListener("pointerdown", (event) => {
    const row = event.target.closest(".grouping");
    if (!row || event.button !== 0 || event.target.closest("button")) return;
    // A finger on a row scrolls the page; on the handle it drags.
    if (event.pointerType === "touch" && !event.target.closest(".handle")) return;
    event.preventDefault();
    const before = rows().indexOf(row);
    row.classList.add("dragged");
    list.setPointerCapture(event.pointerId);

    function move({ clientY }) {
      for (const other of rows()) {
        if (other === row) continue;
        const box = other.getBoundingClientRect();
        const isAbove = other.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING;
        const middle = box.top + box.height / 2;
        if (isAbove && clientY < middle) return list.insertBefore(row, other);
        if (!isAbove && clientY > middle) other.after(row);
      }
    }

    function end() {
      list.removeEventListener("pointermove", move);
      list.removeEventListener("pointerup", end);
      list.removeEventListener("pointercancel", end);
      row.classList.remove("dragged");
      if (rows().indexOf(row) !== before) dropped(row);
    }

    list.addEventListener("pointermove", move);
    list.addEventListener("pointerup", end);
    list.addEventListener("pointercancel", end);
  });
}
