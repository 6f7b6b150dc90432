// Passkeys: forms that exist only where the browser can answer. A ceremony is asked for, answered by the
// browser, and sent back; the server keeps its half in a cookie that is not for scripts.
const able = window.PublicKeyCredential?.parseCreationOptionsFromJSON && window.PublicKeyCredential.parseRequestOptionsFromJSON && window.isSecureContext;

async function ask(url, init) {
  const answer = await fetch(url, { method: "POST", ...init });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.problem ?? "");
  return body;
}

const send = (url, body) => ask(url, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

function offer(form, ceremony) {
  const problem = form.querySelector("[data-passkey-problem]");
  const general = problem.lastElementChild.textContent;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button[type=submit]");
    problem.hidden = true;
    button.disabled = true;
    try {
      location.assign((await ceremony(form)).next);
    } catch (error) {
      button.disabled = false;
      // The browser says in its own words what a person cancelled; that is no news to them.
      if (error instanceof DOMException && error.name === "NotAllowedError") return;
      problem.lastElementChild.textContent = (error instanceof DOMException ? "" : error.message) || general;
      problem.hidden = false;
    }
  });
}

if (able) {
  for (const form of document.querySelectorAll("form[data-passkey-login]")) {
    offer(form, async () => {
      const { options } = await ask("/login/passkey/begin");
      const credential = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      return send("/login/passkey", { credential: credential.toJSON(), next: form.elements.next.value });
    });
  }
  for (const form of document.querySelectorAll("form[data-passkey-new]")) {
    document.querySelector("[data-passkey-none]")?.remove();
    offer(form, async () => {
      const { options } = await ask("/me/passkeys/begin", { body: new URLSearchParams(new FormData(form)) });
      const credential = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
      return send("/me/passkeys", { credential: credential.toJSON(), name: form.elements.name.value });
    });
  }
}
