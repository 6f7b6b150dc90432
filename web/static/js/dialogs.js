// Dialogs: opened by data-open="ID", or by htmx loading something into the sheet of the layout.
// Closing returns the focus to what opened them.

let opener = null;

function open(dialog, from) {
  if (!dialog || dialog.open) return;
  opener = from ?? document.activeElement;
  dialog.showModal();
  const first =
    dialog.querySelector("[autofocus]") ??
    dialog.querySelector(".sheet-body :is(input[type=radio]:checked, input:not([type=radio], [type=hidden]), select, textarea, button):not(:disabled)");
  first?.focus({ preventScroll: true });
}

document.addEventListener("click", (e) => {
  const button = e.target.closest("[data-open]");
  if (button) open(document.getElementById(button.dataset.open), button);
  const close = e.target.closest("[data-close]");
  if (close) close.closest("dialog")?.close();
});

// A click on the backdrop closes, if it also began there: selecting text may end outside.
let pressedOn = null;
document.addEventListener("pointerdown", (e) => (pressedOn = e.target));
document.addEventListener("click", (e) => {
  if (e.target.matches?.("dialog[open]") && pressedOn === e.target) e.target.close();
});

document.addEventListener(
  "close",
  (e) => {
    if (e.target.id === "sheet") e.target.replaceChildren();
    // The browser gives the focus back by itself, unless what had it is gone or was never focused.
    if (opener?.isConnected && document.activeElement === document.body) opener.focus();
    opener = null;
  },
  true,
);

// What htmx loads into the sheet opens it; an error answer does not.
document.addEventListener("htmx:after:swap", (e) => {
  const ctx = e.detail?.ctx;
  const target = ctx?.target;
  if (target instanceof HTMLDialogElement && !target.open && ctx.response?.status < 400 && target.childElementCount) {
    open(target, ctx.sourceElement === target ? null : ctx.sourceElement);
  }
});

// The server closes the sheet with the header HX-Trigger: sheet:close.
document.addEventListener("sheet:close", () => document.getElementById("sheet")?.close());
