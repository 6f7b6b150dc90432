// Small help with inputs. Without scripts every form works as well, only less comfortably.

// Steppers: minus and plus change the number between them and tell it as a change.
document.addEventListener("click", (e) => {
  const button = e.target.closest("[data-step]");
  const input = button?.closest("[data-stepper]")?.querySelector("input");
  if (!input) return;
  const was = Number.parseInt(input.value, 10) || 0;
  set(input, was + Number(button.dataset.step));
});

document.addEventListener("change", (e) => {
  if (e.target.matches("[data-stepper] input")) clamp(e.target);
});

document.addEventListener("keydown", (e) => {
  if (!e.target.matches?.("[data-stepper] input") || !/^Arrow(Up|Down)$/.test(e.key)) return;
  e.preventDefault();
  set(e.target, (Number.parseInt(e.target.value, 10) || 0) + (e.key === "ArrowUp" ? 1 : -1));
});

function within(input, n) {
  return Math.min(Number(input.dataset.max || 999), Math.max(Number(input.dataset.min || 0), n));
}

function clamp(input) {
  input.value = String(within(input, Number.parseInt(input.value, 10) || 0));
}

function set(input, n) {
  const next = String(within(input, n));
  if (next === input.value) return;
  input.value = next;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

// Amounts get their separators while they are typed; the caret stays behind the same digit.
document.addEventListener("input", (e) => {
  const input = e.target;
  if (!input.matches?.("input[data-money]") || e.isComposing) return;
  const digits = Number(input.dataset.money);
  const behind = input.value.slice(input.selectionStart).replace(/[^\d.]/g, "").length;
  let [whole, cents] = input.value.replace(digits ? /[^\d.]/g : /\D/g, "").split(".");
  whole = whole.replace(/^0+(?=\d)/, "").replace(/\B(?=(\d{3})+$)/g, ",");
  input.value = cents === undefined ? whole : `${whole}.${cents.slice(0, digits)}`;
  let at = input.value.length;
  for (let seen = 0; at > 0 && seen < behind; at--) if (/[\d.]/.test(input.value[at - 1])) seen++;
  input.setSelectionRange(at, at);
});

// data-autosubmit: filters apply when they are chosen. What is typed waits for Enter or the button: leaving the input
// must not reload the page under the link that is being pressed.
document.addEventListener("change", (e) => {
  if (e.target.matches("input[type=search], input[type=text]")) return;
  const form = e.target.closest?.("form[data-autosubmit]");
  if (form) form.requestSubmit();
});

// data-copy: puts a text on the clipboard and says so.
document.addEventListener("click", async (e) => {
  const button = e.target.closest("[data-copy]");
  if (!button) return;
  const texts = JSON.parse(document.getElementById("texts")?.textContent ?? "{}");
  await navigator.clipboard.writeText(button.dataset.copy);
  document.dispatchEvent(new CustomEvent("toast", { detail: { text: texts.copied } }));
});

// A plain form is sent once, however often its button is pressed. Where the answer is a file (data-download) the page
// stays, and a while later another one can be asked for.
document.addEventListener("submit", (e) => {
  const form = e.target;
  if (e.defaultPrevented || form.method === "dialog" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) return e.preventDefault();
  form.dataset.sent = "1";
  if ("download" in form.dataset) setTimeout(() => delete form.dataset.sent, 3000);
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// data-keep: what was typed survives leaving the page unsent, in this tab only, for whoever typed it, also where their
// session ended meanwhile. Passwords are never kept, shown or not, and the first page after somebody left, or of somebody
// else, forgets it all: the tablet is the next person's then. What nobody in particular typed, as who applies for an
// account, is forgotten where people come in.
const who = document.body.dataset.who ?? "";
const drafts = `keep ${who} `;
const left = new URLSearchParams(location.search).has("signed_out") || location.pathname.startsWith("/shared");
for (const key of Object.keys(sessionStorage)) {
  if (!key.startsWith("keep ")) continue;
  const over = key.startsWith("keep  ") ? who || left || location.pathname === "/login" : (who || left) && !key.startsWith(drafts);
  if (over) sessionStorage.removeItem(key);
}
const place = (form) => `${drafts}${location.pathname} ${form.id || form.getAttribute("action") || ""}`;
const keepable = (el) => el.name && !/^(password|file|hidden|submit|button)$/.test(el.type) && !el.matches("[data-reveal], [autocomplete$=password]");

window.addEventListener("pagehide", () => {
  for (const form of document.querySelectorAll("form[data-keep]")) {
    // What was refused came back from the server and is as unsent as what was just typed.
    const changed = form.querySelector('[aria-invalid="true"]') || [...form.elements].some((el) => keepable(el) && ("checked" in el && /^(checkbox|radio)$/.test(el.type) ? el.checked !== el.defaultChecked : el.value !== (el.defaultValue ?? el.value)));
    if (!changed || form.dataset.sent) {
      sessionStorage.removeItem(place(form));
      continue;
    }
    const typed = [...form.elements].filter(keepable).map((el) => [el.name, el.type, el.value, el.checked === true]);
    sessionStorage.setItem(place(form), JSON.stringify(typed));
  }
});

for (const form of document.querySelectorAll("form[data-keep]")) {
  const kept = sessionStorage.getItem(place(form));
  if (!kept) continue;
  sessionStorage.removeItem(place(form));
  for (const [name, type, value, checked] of JSON.parse(kept)) {
    for (const el of form.elements) {
      if (el.name !== name || el.type !== type) continue;
      if (/^(checkbox|radio)$/.test(type)) {
        if (el.value === value) el.checked = checked;
      } else el.value = value;
    }
  }
}
