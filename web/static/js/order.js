// Of one order: the receipt on paper, and the usual reasons of a cancellation with one tap.

document.addEventListener("click", (e) => {
  if (e.target.closest("[data-print]")) return print();
  const fill = e.target.closest("[data-fill]");
  if (!fill) return;
  const input = fill.closest("form").elements[fill.dataset.fill];
  input.value = fill.dataset.fillWith;
  input.focus();
});
