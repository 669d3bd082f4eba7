// Fields marked `data-suggest` offer what the server finds while one types, as the browser's own list of choices.

/** @param kind `owners`, `tags` or `packages`. */
async function found(kind, text) {
  const response = await fetch(`/suggestions?kind=${kind}&q=${encodeURIComponent(text)}`);
  if (!response.ok) return [];
  const answer = await response.json();
  return Array.isArray(answer) ? answer : (answer.suggestions ?? []);
}

export function suggest() {
  let timer = 0;
  let turn = 0;
  async function renew(field) {
    const mine = ++turn;
    const suggestions = await found(field.dataset.suggest, field.value).catch(() => []);
    if (mine !== turn || !field.list) return;
    field.list.replaceChildren(
      ...suggestions.filter(({ id }) => id !== "").map(({ id, name }) => {
        const option = document.createElement("option");
        option.value = id;
        option.textContent = name;
        return option;
      }));
  }
  const listen = (event) => {
    const field = event.target.closest?.("input[data-suggest]");
    if (!field) return;
    clearTimeout(timer);
    timer = setTimeout(() => renew(field), event.type === "input" ? 150 : 0);
  };
  document.addEventListener("input", listen);
  document.addEventListener("focusin", listen);
}
