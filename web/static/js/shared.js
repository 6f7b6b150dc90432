// A shared device of a store: it locks when nobody touches it. The server does so by itself; here the page follows, so
// that nobody reads over what the last person left. A touch in any tab of the device counts for all of them.

const after = Number(document.body.dataset.locksAfter) * 1000;
const every = Math.min(10_000, after / 6); // how often touches are told to the server
const place = "shared touched";
const form = document.querySelector("[data-lock]");

let touched = Date.now(), told = 0, left = false;
localStorage.setItem(place, String(touched));

async function touch() {
  touched = Date.now();
  if (touched - told < every) return;
  told = touched;
  localStorage.setItem(place, String(touched));
  const answer = await fetch("/shared/awake", { method: "POST", redirect: "manual" }).catch(() => null);
  if (answer && answer.status !== 204) leave(() => location.reload()); // it was locked elsewhere
}

function leave(go) {
  if (left) return;
  left = true;
  go();
}

function check() {
  const last = Math.max(touched, Number(localStorage.getItem(place)) || 0);
  if (Date.now() - last >= after) leave(() => (form ? form.requestSubmit() : location.reload()));
}

for (const name of ["pointerdown", "keydown", "wheel", "touchmove"]) document.addEventListener(name, touch, { capture: true, passive: true });
document.addEventListener("visibilitychange", check);
setInterval(check, 1000);
