// The usual answers of an input with one tap.

document.addEventListener("click", (e) => {
  const fill = e.target.closest("[data-fill]");
  if (!fill) return;
  const input = fill.closest("form").elements[fill.dataset.fill];
  input.value = fill.dataset.fillWith;
  input.focus();
});
