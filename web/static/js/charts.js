// Tips of charts appear at once instead of after the browser's pause. Without this script the <title> of each
// point does the same, later.

let tip = null;

function hide() {
  tip?.remove();
  tip = null;
}

document.addEventListener("pointerover", (e) => {
  const point = e.target.closest?.(".chart-point");
  hide();
  if (!point) return;
  const title = point.querySelector("title");
  if (title) {
    point.dataset.tip = title.textContent;
    title.remove(); // else the browser shows a second one
  }
  const plot = point.ownerSVGElement.closest(".chart-plot"), grid = plot.closest("[data-chart]");
  if (!grid || !point.dataset.tip) return;
  tip = document.createElement("div");
  tip.className = "chart-tip";
  tip.setAttribute("aria-hidden", "true");
  tip.textContent = point.dataset.tip;
  grid.append(tip);
  const at = point.querySelector(".chart-hit").getBoundingClientRect(), room = grid.getBoundingClientRect();
  const middle = at.left + at.width / 2 - room.left;
  const left = Math.max(0, Math.min(room.width - tip.offsetWidth, middle - tip.offsetWidth / 2));
  tip.style.left = `${left}px`;
  tip.style.top = "0";
});

document.addEventListener("pointerleave", hide, true);
