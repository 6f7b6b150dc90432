// The register: what must be instant happens here (categories, search, a price that follows the choice, change);
// everything that counts is the server's.

import "./fill.js";

const root = document.querySelector("[data-register]");

// ——— taps: each has its own id, so that a tap whose answer was lost is not counted twice ———

function uuidv7() {
  const b = crypto.getRandomValues(new Uint8Array(16));
  const now = Date.now();
  for (let i = 0; i < 6; i++) b[i] = Math.floor(now / 2 ** (8 * (5 - i))) % 256;
  b[6] = (b[6] & 0x0f) | 0x70;
  b[8] = (b[8] & 0x3f) | 0x80;
  const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

document.addEventListener("htmx:config:request", (e) => {
  const ctx = e.detail?.ctx;
  if (ctx?.sourceElement?.hasAttribute("data-tap")) ctx.request.body?.set("tap", uuidv7());
});

// ——— categories and search: the whole menu is on the page, so both are filters ———

const initials = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const initialsOf = (s) => [...s].map((c) => {
  const n = c.charCodeAt(0) - 0xac00;
  return n >= 0 && n < 11172 ? initials[Math.floor(n / 588)] : c;
}).join("");
const plain = (s) => s.normalize("NFC").toLowerCase().replace(/\s+/g, "");

const search = root.querySelector("[data-search]");
const tabs = [...root.querySelectorAll("[data-category]")];
let category = new URLSearchParams(location.search).get("category") ?? "";
search.value = new URLSearchParams(location.search).get("q") ?? "";

function filter() {
  const wanted = plain(search.value);
  const byInitials = wanted !== "" && [...wanted].every((c) => initials.includes(c));
  let found = 0;
  for (const section of root.querySelectorAll("[data-section]")) {
    let here = 0;
    for (const item of section.querySelectorAll("[data-item]")) {
      const name = plain(item.dataset.name);
      const fits = wanted ? (byInitials ? initialsOf(name).includes(wanted) : name.includes(wanted)) : !category || section.dataset.section === category;
      item.hidden = !fits;
      if (fits) here++;
    }
    section.hidden = here === 0;
    found += here;
  }
  root.querySelector("[data-no-match]").hidden = found > 0;
  root.toggleAttribute("data-filtered", wanted !== "" || category !== "");
  for (const tab of tabs) tab.setAttribute("aria-pressed", String(wanted === "" && tab.dataset.category === category));
}

function remember() {
  const q = new URLSearchParams();
  if (category) q.set("category", category);
  if (search.value) q.set("q", search.value);
  history.replaceState(history.state, "", location.pathname + (q.size ? "?" + q : ""));
}

function choose(code) {
  category = code;
  search.value = "";
  filter();
  remember();
  root.querySelector("#menu").scrollTop = 0;
  tabs.find((t) => t.dataset.category === code)?.scrollIntoView({ inline: "center", block: "nearest" });
}

root.querySelector("[data-categories]").addEventListener("click", (e) => {
  const tab = e.target.closest("[data-category]");
  if (tab) choose(tab.dataset.category);
});
search.addEventListener("input", () => { filter(); remember(); });
// Whoever comes back to it looks for the next item: what is typed takes the place of what is there.
search.addEventListener("focus", () => search.select());
search.addEventListener("keydown", (e) => {
  if (e.isComposing) return;
  if (e.key === "Escape") {
    e.preventDefault();
    choose("");
    search.blur();
  } else if (e.key === "Enter" || e.key === "ArrowDown") {
    const first = [...root.querySelectorAll("[data-item]:not([hidden])")].find((i) => !i.closest("[hidden]"))?.querySelector("button");
    if (!first) return;
    e.preventDefault();
    if (e.key === "Enter") first.click();
    else first.focus();
  }
});
document.addEventListener("htmx:after:swap", (e) => e.detail?.ctx?.target?.id === "menu" && filter());
if (!tabs.some((t) => t.dataset.category === category)) category = "";
filter();

// Arrows walk over the cards as they stand on the screen.
root.querySelector("#menu").addEventListener("keydown", (e) => {
  if (!/^Arrow/.test(e.key)) return;
  const cards = [...root.querySelectorAll(".menu-card-main")].filter((c) => c.getClientRects().length);
  const at = cards.indexOf(e.target.closest(".menu-card-main"));
  if (at < 0) return;
  const top = cards[0].getBoundingClientRect().top;
  const columns = Math.max(1, cards.filter((c) => Math.abs(c.getBoundingClientRect().top - top) < 4).length);
  const next = cards[at + { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[e.key]];
  if (!next) return;
  e.preventDefault();
  next.focus();
});

// ——— the cart ———

const side = document.querySelector("[data-cart-side]");
const menuSide = document.querySelector("[data-menu-side]");
const narrow = matchMedia("(width < 48rem)");

function showCart(open) {
  side.toggleAttribute("data-open", open && narrow.matches);
  menuSide.inert = open && narrow.matches;
}
narrow.addEventListener("change", () => showCart(false));
document.addEventListener("click", (e) => {
  if (e.target.closest("[data-cart-open]")) {
    showCart(true);
    side.querySelector("[data-cart-close]")?.focus();
  } else if (e.target.closest("[data-cart-close], [data-next-order]")) {
    showCart(false);
    if (e.target.closest("[data-next-order]")) document.getElementById("receipt").replaceChildren();
  }
  // The shortcut for where it is drunk presses the form itself: the next of its choices.
  if (e.target.matches("[data-dining]")) {
    const choices = [...e.target.querySelectorAll("input")];
    choices[(choices.findIndex((i) => i.checked) + 1) % choices.length].click();
  }
});
// Once an order is placed its number is what matters: the focus goes there, and not to the button beside it, which an
// Enter too many would press.
let placed = false;
function toNumber() {
  const number = document.querySelector("#receipt .placed");
  if (!placed || !number || document.querySelector("dialog[open]")) return;
  placed = false;
  number.focus({ preventScroll: true });
}
for (const name of ["htmx:after:settle", "order:placed"]) document.addEventListener(name, () => setTimeout(toNumber, 50));
document.addEventListener("order:placed", () => {
  showCart(true);
  side.scrollTop = 0;
  choose("");
  placed = true;
});
document.addEventListener("keydown", (e) => {
  if (e.key === "Escape" && side.hasAttribute("data-open") && !document.querySelector("dialog[open]")) showCart(false);
  // Plus and minus change the line that was added last.
  if (!/^[+=-]$/.test(e.key) || e.ctrlKey || e.metaKey || e.altKey || e.target.closest?.("input, dialog")) return;
  const step = [...document.querySelectorAll(`[data-step-by="${e.key === "-" ? -1 : 1}"]`)].pop();
  if (step && !document.querySelector("dialog[open]")) step.click();
});
// The line that was added last is in sight.
let lines = new Set();
const lineIDs = () => new Set([...document.querySelectorAll("#cart-lines > [id^=line-]")].map((l) => l.id));
lines = lineIDs();
document.addEventListener("htmx:after:settle", () => {
  const now = lineIDs();
  for (const id of now) if (!lines.has(id)) document.getElementById(id).scrollIntoView({ block: "nearest" });
  lines = now;
});

// ——— amounts ———

// zero is how the server writes an amount of nothing ("0원", "₩0", "$0.00"): others are written alike.
function money(amount, of) {
  const digits = Number(of.dataset.digits);
  const number = Math.abs(amount / 10 ** digits).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return (amount < 0 ? "−" : "") + of.dataset.zero.replace(/0(\.0+)?/, number);
}
const minor = (typed, of) => Math.round(Number(typed.replace(/[^\d.]/g, "") || 0) * 10 ** Number(of.dataset.digits));

// ——— the sheet of an item ———

function countOf(group) {
  let n = 0;
  for (const i of group.querySelectorAll("input:not(:disabled)")) {
    if (i.type === "text") n += Number(i.value) || 0;
    else if (i.checked && i.value) n++;
  }
  return n;
}

function follow(form) {
  let unit = 0;
  for (const i of form.querySelectorAll("[data-price]:not(:disabled)")) {
    if (i.type === "text") unit += Number(i.dataset.price) * (Number(i.value) || 0);
    else if (i.type === "hidden" || i.checked) unit += Number(i.dataset.price);
  }
  const quantity = Math.min(999, Math.max(1, Number(form.elements.quantity?.value) || 1));
  form.querySelector("[data-choice-total]").textContent = money(unit * quantity, form);
  for (const group of form.querySelectorAll("[data-group]")) {
    const n = countOf(group), max = Number(group.dataset.max);
    if (n >= Number(group.dataset.min)) group.classList.remove("choice-missing");
    // What would be too many cannot be added.
    for (const i of group.querySelectorAll("input[type=checkbox]")) if (!i.matches(":disabled:not([data-full])")) {
      const full = n >= max && !i.checked;
      i.disabled = full;
      i.toggleAttribute("data-full", full);
    }
    for (const more of group.querySelectorAll('[data-step="1"]')) {
      const i = more.closest("[data-stepper]").querySelector("input");
      more.disabled = n >= max || Number(i.value) >= Number(i.dataset.max);
    }
  }
}

for (const name of ["input", "change"]) {
  document.addEventListener(name, (e) => {
    const form = e.target.closest?.("[data-choice]");
    if (form) follow(form);
  });
}

document.addEventListener("htmx:config:request", (e) => {
  const form = e.detail?.ctx?.sourceElement;
  if (!form?.matches?.("[data-choice]")) return;
  const missing = [...form.querySelectorAll("[data-group]")].find((g) => countOf(g) < Number(g.dataset.min));
  if (!missing) return;
  e.preventDefault(); // the server would say the same, later
  missing.classList.add("choice-missing");
  missing.scrollIntoView({ block: "nearest" });
  missing.querySelector("input:not(:disabled)")?.focus();
  document.dispatchEvent(new CustomEvent("toast", { detail: { text: form.dataset.missing.replace("{group}", missing.dataset.group), problem: true } }));
});

// ——— the sheet for paying ———

function reckon(form) {
  const box = form.querySelector("[data-change]");
  if (!box) return; // nothing to pay
  const total = Number(form.dataset.total), received = minor(form.elements.received.value, form);
  const short = form.elements.received.value !== "" && received < total;
  box.dataset.state = short ? "short" : "";
  box.querySelector("[data-change-label]").textContent = short ? box.dataset.shortWord : box.dataset.changeWord;
  box.querySelector("[data-change-amount]").textContent = money(Math.abs(form.elements.received.value === "" ? 0 : received - total), form);
}

document.addEventListener("click", (e) => {
  const note = e.target.closest("[data-receive]");
  if (!note) return;
  const form = note.closest("[data-pay]"), input = form.elements.received;
  input.value = note.dataset.receive;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  form.querySelector("[type=submit]").focus();
});
document.addEventListener("input", (e) => {
  const form = e.target.closest?.("[data-pay]");
  if (form) reckon(form);
});
document.addEventListener("change", (e) => {
  const form = e.target.closest?.("[data-pay]");
  if (form && e.target.name === "kind") (e.target.value === "cash" ? form.elements.received : form.elements.approval).focus();
});
document.addEventListener("htmx:after:swap", () => {
  const pay = document.querySelector("#sheet [data-pay]");
  if (pay) reckon(pay);
  const choice = document.querySelector("#sheet [data-choice]");
  if (choice) follow(choice);
});
