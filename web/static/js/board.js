// The order board: ages that count on, the columns of a phone, and the sound of a new order for who wants it.

import "./order.js";

const board = document.querySelector("[data-board]");

// ——— ages, by the server's clock ———

const ahead = Number(board.dataset.now) - Date.now();

function count() {
  const now = Date.now() + ahead;
  for (const card of board.querySelectorAll("[data-since]")) {
    const waited = now - Number(card.dataset.since), minutes = Math.floor(waited / 60_000);
    const age = card.querySelector("[data-age]");
    const words = minutes < 1 ? board.dataset.moment : board.dataset.minutes.replace("{n}", minutes);
    if (age && age.textContent !== words) age.textContent = words;
    if (card.dataset.made !== "false") continue;
    const urgency = waited >= Number(board.dataset.lateAfter) ? "late" : waited >= Number(board.dataset.soonAfter) ? "soon" : "";
    if (card.dataset.urgency !== urgency) card.dataset.urgency = urgency;
  }
}
function sum() {
  for (const sign of board.querySelectorAll("[data-sum-of]")) {
    const n = board.querySelectorAll(`[data-order][data-urgency="${sign.dataset.sumOf}"]`).length;
    sign.hidden = n === 0;
    if (sign.lastElementChild.textContent !== String(n)) sign.lastElementChild.textContent = n;
  }
}

count();
sum();
setInterval(() => { count(); sum(); }, 5_000);

// ——— columns as tabs on phones ———

function show(column) {
  board.dataset.column = column;
  for (const tab of board.querySelectorAll("[data-column-tab]")) tab.setAttribute("aria-pressed", String(tab.dataset.columnTab === column));
  history.replaceState(history.state, "", location.pathname + (column === "accepted" ? "" : "#" + column));
}

board.addEventListener("click", (e) => {
  const tab = e.target.closest("[data-column-tab]");
  if (tab) show(tab.dataset.columnTab);
});
const linked = location.hash.slice(1);
if (board.querySelector(`[data-column-tab="${CSS.escape(linked)}"]`)) show(linked);

// ——— sound ———

const sound = document.querySelector("[data-sound]");
const toggle = sound.querySelector("[data-sound-switch]");
const volume = sound.querySelector("[data-sound-volume]");
let audio = null;

toggle.checked = localStorage.getItem("board-sound") === "on";
volume.value = localStorage.getItem("board-volume") ?? volume.value;
signs();

function signs() {
  document.querySelector("[data-sound-on]").hidden = !toggle.checked;
  document.querySelector("[data-sound-off]").hidden = toggle.checked;
}

// Two notes of a bell, drawn and not recorded: nothing to load, and it can be as quiet as one likes.
function ring() {
  audio ??= new AudioContext();
  audio.resume();
  const loud = (Number(volume.value) / 100) ** 2;
  [[880, 0], [1318.5, 0.16]].forEach(([pitch, after]) => {
    const at = audio.currentTime + after, tone = audio.createOscillator(), gain = audio.createGain();
    tone.type = "sine";
    tone.frequency.value = pitch;
    gain.gain.setValueAtTime(0.0001, at);
    gain.gain.exponentialRampToValueAtTime(Math.max(loud, 0.001), at + 0.012);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.7);
    tone.connect(gain).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.75);
  });
}

toggle.addEventListener("change", () => {
  localStorage.setItem("board-sound", toggle.checked ? "on" : "off");
  signs();
  if (toggle.checked) ring();
});
volume.addEventListener("change", () => {
  localStorage.setItem("board-volume", volume.value);
  ring();
});
sound.querySelector("[data-sound-test]").addEventListener("click", ring);
// A browser lets nothing sound before the first touch of a page.
addEventListener("pointerdown", () => toggle.checked && (audio ??= new AudioContext()).resume(), { once: true });

// ——— what came in ———

const accepted = () => new Set([...board.querySelectorAll("#cards-accepted > [data-order]")].map((o) => o.id));
const known = accepted(); // orders that were here before; a step back is not a new order

document.addEventListener("htmx:after:swap", (e) => {
  if (e.detail?.ctx?.target?.id !== "board") return;
  for (const c of board.querySelectorAll(".board-column")) {
    const sign = board.querySelector(`[data-count-of="${c.dataset.status}"]`);
    if (sign) sign.textContent = c.dataset.count === "0" ? "" : c.dataset.count;
  }
  sum();
  let fresh = 0;
  for (const id of accepted()) {
    if (known.has(id)) continue;
    known.add(id);
    fresh++;
    const card = document.getElementById(id);
    card.dataset.new = "";
    setTimeout(() => delete card.dataset.new, 2500);
  }
  for (const o of board.querySelectorAll("[data-order], .order-done")) known.add(o.id);
  if (fresh === 0) return;
  board.querySelector("[data-announce]").textContent = board.dataset.arrived.replace("{n}", fresh);
  if (toggle.checked) ring();
});
