// Single-key shortcuts: data-key="n" on a button or link presses it, on an input focuses it. "?" lists
// those of the page. They sleep while somebody types, and behind an open dialog.

const help = document.getElementById("shortcuts");
const texts = JSON.parse(document.getElementById("texts")?.textContent ?? "{}");

const typing = (el) => el?.isContentEditable || /^(textarea|select)$/i.test(el?.tagName ?? "") ||
  (el?.tagName === "INPUT" && !/^(checkbox|radio|button|submit|range)$/.test(el.type));

const visible = (el) => el.getClientRects().length > 0 && !el.closest("[hidden], [inert]");

// Where shortcuts are looked for: the topmost open dialog, else the page.
function scope() {
  const open = [...document.querySelectorAll("dialog[open]:modal")].pop();
  return open ?? document.body;
}

function find(key) {
  return [...scope().querySelectorAll("[data-key]")].find((el) => el.dataset.key === key && visible(el) && !el.disabled);
}

function showHelp() {
  const list = help.querySelector("[data-shortcut-list]");
  const rows = new Map();
  for (const el of document.querySelectorAll("[data-key]")) {
    const name = el.dataset.keyName || el.getAttribute("aria-label") || el.textContent.trim();
    if (visible(el) && name && !rows.has(el.dataset.key)) rows.set(el.dataset.key, name);
  }
  rows.set("?", texts.help);
  rows.set("Esc", texts.closeHelp);
  list.replaceChildren();
  for (const [key, name] of rows) {
    const dt = document.createElement("dt"), dd = document.createElement("dd"), kbd = document.createElement("kbd");
    kbd.className = "kbd";
    kbd.textContent = { " ": "Space", Enter: "↵" }[key] ?? (key.length === 1 ? key.toUpperCase() : key);
    dt.append(kbd);
    dd.textContent = name;
    list.append(dt, dd);
  }
  if (!help.open) help.showModal();
}

document.addEventListener("keydown", (e) => {
  if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || e.isComposing || typing(e.target)) return;
  if (e.key === "?" && help && !document.querySelector("dialog[open]:modal")) {
    e.preventDefault();
    return showHelp();
  }
  // Enter and Space belong to a focused control before they are shortcuts.
  if ((e.key === "Enter" || e.key === " ") && e.target.closest?.("a, button, summary, label, [role=button]")) return;
  // A Korean keyboard sends ㅜ for the key marked N: fall back to the physical key.
  const el = find(e.key) ?? find(e.key.toLowerCase()) ?? (/^Key[A-Z]$/.test(e.code) ? find(e.code[3].toLowerCase()) : undefined);
  if (!el) return;
  e.preventDefault();
  if (typing(el)) {
    el.focus();
    el.select?.();
  } else el.click();
});

document.addEventListener("click", (e) => {
  if (!e.target.closest("[data-shortcut-help]")) return;
  document.getElementById("account")?.hidePopover?.();
  showHelp();
});
