// A button in a password's field that shows what was typed: hands are wet, keys are small.
for (const input of document.querySelectorAll("input[data-reveal]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-ghost btn-sm shrink-0";
  button.setAttribute("aria-label", input.dataset.revealLabel);
  button.setAttribute("aria-controls", input.id);
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.textContent = shown ? input.dataset.conceal : input.dataset.reveal;
    button.setAttribute("aria-pressed", String(shown));
  };
  button.addEventListener("click", () => {
    show(input.type === "password");
    input.focus();
  });
  // What a password manager keeps is a password, whatever was on the screen.
  input.form.addEventListener("submit", () => show(false));
  show(false);
  input.after(button);
}
