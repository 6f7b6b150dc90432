// The pad for a PIN: its keys write into the field, and so does the keyboard, wherever the focus is.

const form = document.querySelector("[data-pin]");
const input = form?.elements.pin;

function write(digits) {
  input.value = digits.slice(0, input.maxLength);
}

if (form) {
  const pad = form.querySelector("[data-pad]");
  pad.hidden = false;
  pad.addEventListener("click", (e) => {
    const key = e.target.closest("button");
    if (key?.dataset.digit) write(input.value + key.dataset.digit);
    else if (key?.hasAttribute("data-delete")) write(input.value.slice(0, -1));
  });
  input.addEventListener("input", () => write(input.value.replace(/\D/g, "")));
  document.addEventListener("keydown", (e) => {
    if (e.target === input || e.ctrlKey || e.metaKey || e.altKey || document.querySelector("dialog[open]")) return;
    if (/^\d$/.test(e.key)) write(input.value + e.key);
    else if (e.key === "Backspace") write(input.value.slice(0, -1));
    else if (e.key === "Enter" && !e.target.closest("a, button, summary")) form.requestSubmit();
    else return;
    e.preventDefault();
  });
}
