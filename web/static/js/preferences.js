// The light of the page changes at once; the server remembers it for the next one.

for (const form of document.querySelectorAll("[data-theme-form]")) {
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    const theme = e.submitter?.value;
    if (!theme) return;
    if (theme === "auto") document.documentElement.removeAttribute("data-theme");
    else document.documentElement.dataset.theme = theme;
    for (const b of form.querySelectorAll("[name=theme]")) b.setAttribute("aria-pressed", String(b.value === theme));
    fetch(form.action, { method: "POST", body: new URLSearchParams({ theme }), headers: { "HX-Request": "true" }, keepalive: true }).catch(() => {});
  });
}
