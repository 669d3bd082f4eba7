// A text field that offers choices while one types: the combobox pattern of the WAI-ARIA Authoring Practices, with a listbox.

/**
 * @typedef {{ value: string, label: string, detail?: string }} Choice
 */

/**
 * Makes `input` a combobox. The list appears below it, in the nearest element with the class `anchor`.
 *
 * @param {HTMLInputElement} input
 * @param {object} options
 * @param {string} options.name what the list is called by screen readers
 * @param {(text: string, signal: AbortSignal) => Promise<{ choices: Choice[], note: string }>} options.find
 *   what fits a text; `note` is a line below the list, or empty
 * @param {(choice: Choice) => void} options.choose takes the chosen one
 * @param {() => void} [options.backspace] Backspace in the empty field
 * @param {number} [options.delay_ms] how long to wait for more letters
 * @returns {{ close(): void }}
 */
export function combobox(input, { name, find, choose, backspace, delay_ms = 0 }) {
  const list = document.createElement("ul");
  const note = document.createElement("p");
  const popup = document.createElement("div");
  list.id = `${input.id}-list`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", name);
  note.className = "popup-note";
  note.setAttribute("role", "status");
  popup.className = "popup";
  popup.hidden = true;
  popup.append(list, note);
  input.closest(".anchor").append(popup);
  const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id };
  for (const [key, value] of Object.entries(attributes)) input.setAttribute(key, value);

  let choices = [];
  let active = -1;
  let timer = 0;
  let request = new AbortController();

  function close() {
    clearTimeout(timer);
    request.abort();
    popup.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function activate(index) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = index;
    const option = list.children[active];
    if (!option) return input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function show(found, text) {
    choices = found.choices;
    list.replaceChildren(...choices.map(option));
    list.hidden = choices.length === 0;
    note.textContent = found.note;
    popup.hidden = choices.length === 0 && !found.note;
    input.setAttribute("aria-expanded", String(!popup.hidden && choices.length > 0));
    active = -1;
    activate(text && choices.length > 0 ? 0 : -1);
  }

  function option(choice, index) {
    const item = document.createElement("li");
    item.id = `${list.id}-${index}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    const label = document.createElement("span");
    label.textContent = choice.label;
    item.append(label);
    if (choice.detail) {
      const detail = document.createElement("span");
      detail.className = "detail";
      detail.textContent = choice.detail;
      item.append(detail);
    }
    item.addEventListener("click", () => take(index));
    return item;
  }

  function take(index) {
    const choice = choices[index];
    if (!choice) return;
    close();
    choose(choice);
  }

  /** Asks for what fits the text that stands there; `text` when all choices shall be shown instead. */
  function open(text = input.value, wait_ms = 0) {
    clearTimeout(timer);
    request.abort();
    const mine = (request = new AbortController());
    timer = setTimeout(async () => {
      try {
        const found = await find(text.trim(), mine.signal);
        if (!mine.signal.aborted) show(found, text.trim());
      } catch (error) {
        if (!mine.signal.aborted) show({ choices: [], note: "The server does not answer; try again." }, "");
      }
    }, wait_ms);
  }

  input.addEventListener("input", () => open(input.value, delay_ms));
  input.addEventListener("click", () => { if (popup.hidden) open(startText()); });
  input.addEventListener("blur", close);
  // Pressing a choice must not take the focus away.
  popup.addEventListener("pointerdown", (event) => event.preventDefault());

  /** A field that holds its one value shows all choices at first, not only those that fit the value. */
  const startText = () => (input.dataset.holdsValue !== undefined ? "" : input.value);

  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const isOpen = !popup.hidden;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp": {
        event.preventDefault();
        if (!isOpen) return open(startText());
        const step = event.key === "ArrowDown" ? 1 : -1;
        const count = choices.length;
        if (count > 0) activate(active < 0 ? (step > 0 ? 0 : count - 1) : (active + step + count) % count);
        return;
      }
      case "Enter":
        if (isOpen && active >= 0) {
          event.preventDefault();
          take(active);
        }
        return;
      case "Escape":
        if (isOpen) {
          event.preventDefault();
          event.stopPropagation();
          close();
        }
        return;
      case "Tab":
        return close();
      case "Backspace":
        if (input.value === "" && backspace) {
          event.preventDefault();
          backspace();
        }
    }
  });

  return { close };
}
