// The hours of Monday for every day, with one press.
for (const box of document.querySelectorAll("[data-hours-copy]")) {
  box.classList.remove("hidden");
  box.querySelector("button").addEventListener("click", () => {
    const hours = box.closest("[data-hours]");
    for (const side of ["opens", "closes"]) {
      const monday = hours.querySelector(`[name="${side}.1"]`).value;
      for (const input of hours.querySelectorAll(`[name^="${side}."]`)) {
        input.value = monday;
        input.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
  });
}
