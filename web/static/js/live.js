// The live stream. The server says that something happened ("orders"), the page refetches what shows it: every
// event becomes a DOM event "live:<name>" on the body. After every connection, the first one too, the server
// says "sync", at which everything refetches, so nothing is missed silently.
//
// The stream is read with fetch and not with EventSource, which gives up for good when a connection is refused and
// does not tell a restart from a session that ended. This one always comes back. A hidden tab keeps its stream: a
// board on a wall is never in front.

const body = document.body;
const url = body.dataset.liveUrl;
const texts = JSON.parse(document.getElementById("texts")?.textContent ?? "{}");

const patience = 50_000; // the server beats every 20 s; silence for longer is a dead line
let stop = null, wait = 0, retry = 0, watchdog = 0, since = Date.now(), lost = false;

function show(state) {
  body.dataset.live = state;
  if (state !== "off") return;
  // What the page shows was right when the stream last worked.
  const time = new Date(since).toLocaleTimeString(document.documentElement.lang === "en" ? "en-GB" : "ko-KR", { hour: "2-digit", minute: "2-digit", hour12: false });
  for (const el of document.querySelectorAll("[data-live-since]")) el.textContent = "· " + (texts.since ?? "{time}").replace("{time}", time);
}

function alive() {
  since = Date.now();
  clearTimeout(watchdog);
  watchdog = setTimeout(again, patience);
}

function again() {
  stop?.abort();
  stop = null;
  clearTimeout(watchdog);
  clearTimeout(retry);
  if (!lost) {
    lost = true;
    // A reconnection within a moment (a restart behind a proxy) is not worth an alarm.
    setTimeout(() => lost && show("off"), 1500);
  }
  wait = Math.min(wait ? wait * 1.7 : 500, 8000);
  retry = setTimeout(connect, wait * (0.7 + Math.random() * 0.6));
}

async function connect() {
  clearTimeout(retry);
  stop?.abort();
  const mine = (stop = new AbortController());
  try {
    const answer = await fetch(url, { headers: { Accept: "text/event-stream", "HX-Request": "true" }, signal: mine.signal, cache: "no-store" });
    if (answer.status === 401) return signedOut();
    if (!answer.ok) throw new Error(String(answer.status));
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ; ) {
      const { value, done } = await reader.read();
      if (done) break;
      alive();
      const frames = (rest + value).split("\n\n");
      rest = frames.pop();
      for (const f of frames) receive(f);
    }
  } catch {
    // Refused, cut off or aborted by ourselves: all the same below.
  }
  if (mine === stop) again();
}

// One frame: "event: orders" and "data: {…}"; a comment is a heartbeat and has done its work by arriving.
function receive(frame) {
  const name = frame.match(/^event: (.*)$/m)?.[1];
  if (!name) return;
  if (name === "signed-out") return signedOut();
  if (name === "sync") {
    wait = 0;
    lost = false;
    show("on");
  }
  body.dispatchEvent(new CustomEvent("live:" + name, { detail: JSON.parse(frame.match(/^data: (.*)$/m)?.[1] || "{}") }));
}

// The session ended elsewhere: reload, which leads to the sign-in page and back. Nobody's typing is cut off: then
// only the sign of the connection changes, and the next action asks to sign in.
function signedOut() {
  stop?.abort();
  stop = null;
  clearTimeout(watchdog);
  lost = true;
  show("off");
  const busy = document.querySelector("dialog[open]") || /^(input|textarea|select)$/i.test(document.activeElement?.tagName ?? "");
  if (!busy) location.reload();
}

if (url) {
  show("connecting");
  connect();
  window.addEventListener("online", connect);
  window.addEventListener("offline", () => again());
  window.addEventListener("pagehide", () => {
    const mine = stop;
    stop = null; // no reconnection from a page that is left
    mine?.abort();
  });
  window.addEventListener("pageshow", (e) => e.persisted && connect());
}
