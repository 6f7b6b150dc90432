// Toasts: put there by the server (hx-partial into #toasts) or by a script (the event "toast"). They leave by
// themselves, later when they offer something to press; pointing at one holds it.

const box = document.getElementById("toasts");
const texts = JSON.parse(document.getElementById("texts")?.textContent ?? "{}");

function arm(toast) {
  const stay = toast.querySelector("[hx-post]") ? 10000 : toast.classList.contains("toast-problem") ? 9000 : 5000;
  let timer;
  const start = () => (timer = setTimeout(() => toast.remove(), stay));
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  toast.addEventListener("pointerleave", start);
  toast.addEventListener("focusin", () => clearTimeout(timer));
  toast.addEventListener("focusout", start);
  start();
}

if (box) {
  for (const t of box.querySelectorAll("[data-toast]")) arm(t); // kept from the page before
  new MutationObserver((changes) => {
    for (const c of changes) for (const n of c.addedNodes) if (n.matches?.("[data-toast]")) arm(n);
    while (box.childElementCount > 3) box.firstElementChild.remove();
  }).observe(box, { childList: true });

  // A toast that was pressed is out of sight at once, and out of the page when its request has been answered: htmx
  // gives the answer of a button that is gone to nobody.
  box.addEventListener("click", (e) => {
    const close = e.target.closest("[data-toast-close]");
    const toast = close?.closest("[data-toast]");
    if (!toast) return;
    if (close.hasAttribute("hx-post")) toast.classList.add("sr-only");
    else toast.remove();
  });
  box.addEventListener("htmx:finally:request", (e) => e.target.closest("[data-toast]")?.remove());
}

// toast says something that a script found out; problem makes it one.
function toast(text, problem) {
  if (!box || !text) return;
  const t = document.createElement("div"), p = document.createElement("p"), x = document.createElement("button");
  t.className = problem ? "toast-box toast-problem" : "toast-box";
  t.dataset.toast = "";
  p.className = "grow";
  p.textContent = text;
  x.type = "button";
  x.className = "btn btn-sm btn-ghost btn-square";
  x.dataset.toastClose = "";
  x.setAttribute("aria-label", texts.dismiss);
  x.textContent = "×";
  t.append(p, x);
  box.append(t);
}

document.addEventListener("toast", (e) => toast(e.detail?.text, e.detail?.problem));

// A request that never reached the server. Fragments that refetch themselves stay silent: the sign of the
// connection says it already.
document.addEventListener("htmx:error", (e) => {
  const ctx = e.detail?.ctx;
  if (!ctx || ctx.sourceElement?.hasAttribute("data-fragment") || ctx.sourceEvent?.type === "load") return;
  if (e.detail.error?.name === "TypeError" || ctx.request?.signal?.reason === "timeout") toast(texts.offline, true);
});

// A server that answers without one of our toasts (a proxy's 502) is told like no connection.
document.addEventListener("htmx:response:error", (e) => {
  const ctx = e.detail?.ctx;
  if (ctx?.response?.status >= 502 && !ctx.sourceElement?.hasAttribute("data-fragment") && !ctx.text?.includes("hx-partial")) toast(texts.offline, true);
});
