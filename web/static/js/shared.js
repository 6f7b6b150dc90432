// A shared device of a store: it locks when nobody touches it. The server does so by itself; here the page follows, so
// that nobody reads over what the last person left. A touch in any tab of the device counts for all of them.

const after = Number(document.body.dataset.locksAfter) * 1000;
const every = Math.min(10_000, after / 6); // how often touches are told to the server
const patience = 5_000; // how long a way out may take until it is tried again
const place = "shared touched";
const form = document.querySelector("[data-lock]");

let touched = Date.now(), told = 0, way = null, tried = 0;
localStorage.setItem(place, String(touched));

async function touch() {
  if (way) return;
  touched = Date.now();
  if (touched - told < every) return;
  told = touched;
  localStorage.setItem(place, String(touched));
  const answer = await fetch("/shared/awake", { method: "POST", redirect: "manual", body: new URLSearchParams({ who: document.body.dataset.who }) }).catch(() => null);
  if (answer && answer.status !== 204) leave(gone); // it was locked elsewhere, or is somebody else's
}

const gone = () => document.dispatchEvent(new Event("person-gone"));

function lock() {
  if (!form) return gone();
  delete form.dataset.sent;
  form.requestSubmit();
}

// The page is covered at once: on a bad line the way out may take long. It is tried until it works.
function leave(by) {
  way ??= by;
  document.body.hidden = true;
  if (Date.now() - tried < patience) return;
  tried = Date.now();
  way();
}

function check() {
  const last = Math.max(touched, Number(localStorage.getItem(place)) || 0);
  if (way || Date.now() - last >= after) leave(lock);
}

for (const name of ["pointerdown", "keydown", "wheel", "touchmove"]) document.addEventListener(name, touch, { capture: true, passive: true });
for (const to of document.querySelectorAll('form[action="/shared/lock"]')) {
  to.addEventListener("submit", () => {
    tried = Date.now(); // by the button: it is on its way
    leave(lock);
  });
}
document.addEventListener("visibilitychange", check);
window.addEventListener("pageshow", (e) => e.persisted && gone());
setInterval(check, 1000);
