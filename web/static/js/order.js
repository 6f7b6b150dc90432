// Of one order: the receipt on paper, and the usual reasons of a cancellation.

import "./fill.js";

document.addEventListener("click", (e) => {
  if (e.target.closest("[data-print]")) print();
});
