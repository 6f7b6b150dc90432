// The form on which a delivery is booked: choosing materials in the dialog adds lines, and the URL always names
// them, so that a reload or a session that ended finds the same lines (data-keep then fills in the quantities).

const lines = document.querySelector("[data-lines]");
const nothing = document.querySelector("[data-no-lines]");
const picks = [...document.querySelectorAll("[data-pick]")];
const search = document.querySelector("[data-pick-search]");
const dialog = document.getElementById("picker");

function codes() {
  return [...lines.children].map((line) => line.dataset.line);
}

function show() {
  const chosen = new Set(codes());
  nothing.hidden = chosen.size > 0;
  for (const pick of picks) {
    const has = chosen.has(pick.dataset.pick);
    pick.querySelector("button").disabled = has;
    pick.querySelector("[data-picked]").hidden = !has;
  }
  const query = new URLSearchParams([...chosen].map((code) => ["m", code])).toString();
  history.replaceState(history.state, "", location.pathname + (query ? `?${query}` : ""));
}

new MutationObserver(show).observe(lines, { childList: true });
// After an answer with problems the URL does not name the lines: it was posted to.
if (lines.childElementCount) show();

lines.addEventListener("click", (e) => {
  const line = e.target.closest("[data-remove-line]")?.closest("[data-line]");
  if (!line) return;
  const next = line.nextElementSibling ?? line.previousElementSibling;
  line.remove();
  (next?.querySelector("[data-quantity]") ?? document.querySelector('[data-open="picker"]')).focus();
});

// Enter goes on to the next quantity and does not send a form that is half filled in.
lines.addEventListener("keydown", (e) => {
  if (e.key !== "Enter" || e.isComposing || !e.target.matches("[data-quantity]")) return;
  const all = [...lines.querySelectorAll("[data-quantity]")];
  const next = all[all.indexOf(e.target) + 1];
  if (!next) return;
  e.preventDefault();
  next.focus();
});

search.addEventListener("input", () => {
  const wanted = search.value.trim().toLowerCase();
  let any = false;
  for (const pick of picks) {
    pick.hidden = !pick.dataset.name.toLowerCase().includes(wanted);
    any ||= !pick.hidden;
  }
  document.querySelector("[data-no-pick]").hidden = any;
});

// Enter takes the first that is shown.
search.addEventListener("keydown", (e) => {
  if (e.key !== "Enter" || e.isComposing) return;
  e.preventDefault();
  picks.find((pick) => !pick.hidden)?.querySelector("button:enabled")?.click();
  search.select();
});

dialog.addEventListener("close", () => {
  search.value = "";
  search.dispatchEvent(new Event("input"));
  const empty = [...lines.querySelectorAll("[data-quantity]")].find((input) => !input.value);
  // The dialog gives the focus back to its button first.
  setTimeout(() => empty?.focus());
});
