// "Send to": addresses that become chips while one types, and a reason where nothing can be sent.

// As the server has it, roughly: what is wrong for sure is told at once, all the rest when the form is sent.
const address = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/;

/**
 * @param {HTMLElement} root what holds the field and the template of chips
 * @param {{ changed(): void, say(text: string): void }} form
 */
export function sendTo(root, { changed, say }) {
  const field = root.querySelector("#send-to-field");
  if (!field) return;
  const list = field.querySelector(".chips");
  const input = field.querySelector("#send-to");
  const hint = field.querySelector("#send-to-hint");
  const type = root.querySelector("#output");
  const values = () => [...list.querySelectorAll("input")].map((chip) => chip.value);

  /** Without a server the field is disabled from the start, and says so already. */
  if (!field.disabled) {
    settle();
    type?.addEventListener("change", settle);
  }

  function settle() {
    const isWeb = type?.value === "web";
    field.disabled = isWeb;
    hint.textContent = isWeb ? hint.dataset.web : hint.dataset.file;
  }

  function add(value) {
    if (values().includes(value)) return;
    const chip = root.querySelector("#chip-template").content.cloneNode(true);
    const hidden = chip.querySelector("input");
    const button = chip.querySelector("button");
    hidden.name = "send_to";
    hidden.value = value;
    chip.querySelector(".chip-name").textContent = value;
    button.name = "do";
    button.value = `drop-recipient:${value}`;
    button.setAttribute("aria-label", `Remove ${value}`);
    list.append(chip);
    check(list.lastElementChild);
  }

  function check(chip) {
    const isBad = !address.test(chip.querySelector("input").value);
    chip.classList.toggle("bad", isBad);
    chip.title = isBad ? "This is no mail address" : "";
    return isBad;
  }

  /** Makes chips of what was typed, however it is separated. */
  function take() {
    const typed = input.value.split(/[\s,;]+/).filter(Boolean);
    if (typed.length === 0) return false;
    for (const value of typed) add(value);
    input.value = "";
    const bad = typed.filter((value) => !address.test(value));
    say(bad.length > 0 ? `${bad.join(", ")}: no mail address` : `${typed.join(", ")} added`);
    settleError();
    changed();
    return true;
  }

  /** One message for all chips that cannot be addresses. */
  function settleError() {
    const bad = [...list.children].filter(check).map((chip) => chip.querySelector("input").value);
    let error = field.querySelector("#send_to-error");
    if (bad.length === 0) {
      error?.remove();
      return input.removeAttribute("aria-invalid");
    }
    if (!error) {
      error = document.createElement("p");
      error.id = "send_to-error";
      error.className = "error";
      field.querySelector(".chips-field").after(error);
    }
    error.textContent = bad.length === 1 ? `“${bad[0]}” is no mail address.` : `These are no mail addresses: ${bad.join(", ")}.`;
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", "send_to-error send-to-hint");
  }

  function drop(chip) {
    const value = chip.querySelector("input").value;
    chip.remove();
    settleError();
    changed();
    say(`${value} removed`);
    input.focus();
  }

  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    event.preventDefault();
    drop(button.closest(".chip"));
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if ((event.key === "Enter" && input.value.trim() !== "") || event.key === "," || event.key === ";" || (event.key === " " && input.value.trim() !== "")) {
      event.preventDefault();
      take();
    } else if (event.key === "Backspace" && input.value === "" && list.lastElementChild) {
      drop(list.lastElementChild);
    }
  });
  input.addEventListener("paste", () => setTimeout(() => { if (/[\s,;]/.test(input.value.trim()) || address.test(input.value.trim())) take(); }));
  input.addEventListener("blur", take);
  field.querySelector(".chips-field").addEventListener("click", (event) => {
    if (event.target === event.currentTarget || event.target === list) input.focus();
  });
  for (const chip of list.children) check(chip);
}
