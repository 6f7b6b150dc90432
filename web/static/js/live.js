// The live stream. The server says that something happened ("orders"), the page refetches what shows it: every
// event becomes a DOM event "live:<name>" on the body. After every connection, the first one too, the server
// says "sync", at which everything refetches, so nothing is missed silently.
//
// The stream is read with fetch and not with EventSource, which gives up for good when a connection is refused and
// does not tell a restart from a session that ended. This one always comes back. A hidden tab keeps its stream: a
// board on a wall is never in front.
//
// A page hears only what it shows: the stream is asked for the events that stand in hx-trigger, of all tabs that
// share it. When something new comes onto the page, the stream is opened anew with more.
//
// Browsers open six connections to a server and no more, and every stream holds one. So the tabs of one browser that
// listen to the same place share one: the tab that holds the lock reads it and passes on what it hears. When that
// tab is closed the lock goes to the next; when it falls silent, another takes the lock from it.

const body = document.body;
const url = body.dataset.liveUrl;
const texts = JSON.parse(document.getElementById("texts")?.textContent ?? "{}");

const patience = 50_000; // the server beats every 20 s; silence for longer is a dead line
const name = "live " + url;
const tabs = url && navigator.locks && window.BroadcastChannel ? new BroadcastChannel(name) : null;

let leading = false, release = () => {};
let stop = null, wait = 0, retry = 0, watchdog = 0, poke = 0, resting = false, since = Date.now(), lost = false, state = "connecting";

// ——— what the page listens to ———

const wanted = new Set(["sync"]); // by this tab and, as far as it has heard of them, the others
let look = 0, more = 0;

// want notes events and tells whether one of them is new.
function want(events) {
  const before = wanted.size;
  for (const e of events ?? []) wanted.add(e);
  return wanted.size > before;
}

function shown() {
  const events = new Set();
  for (const el of document.querySelectorAll('[hx-trigger*="live:"]')) for (const [, e] of el.getAttribute("hx-trigger").matchAll(/\blive:([\w.-]+)/g)) events.add(e);
  return events;
}

function listen() {
  if (!want(shown())) return;
  if (leading || !tabs) widen();
  else tabs.postMessage({ on: [...wanted] });
}

// widen opens the stream anew; several tabs may have something new at once.
function widen() {
  clearTimeout(more);
  more = setTimeout(connect, 30);
}

// ——— what the page shows and hears ———

function show(next) {
  state = next;
  body.dataset.live = next;
  if (leading) tabs?.postMessage({ state, since });
  clearInterval(poke);
  if (next !== "off") return;
  // What the page shows was right when the stream last worked.
  const time = new Date(since).toLocaleTimeString(document.documentElement.lang === "en" ? "en-GB" : "ko-KR", { hour: "2-digit", minute: "2-digit", hour12: false });
  for (const el of document.querySelectorAll("[data-live-since]")) el.textContent = "· " + (texts.since ?? "{time}").replace("{time}", time);
  // The leader may be a hidden tab, whose timers the browser slows down: remind it.
  if (!leading) poke = setInterval(() => document.visibilityState === "visible" && tabs?.postMessage({ poke: true }), 3000);
}

function hear(event, data) {
  if (leading) tabs?.postMessage({ event, data });
  if (event === "signed-out") return signedOut();
  if (event === "sync") {
    wait = 0;
    lost = false;
    show("on");
  }
  body.dispatchEvent(new CustomEvent("live:" + event, { detail: data }));
}

function alive() {
  since = Date.now();
  clearTimeout(watchdog);
  watchdog = setTimeout(() => (leading || !tabs ? again() : lead(true)), patience);
}

// The session ended elsewhere: leave, which leads to the sign-in page and back. Nobody's typing is cut off: then
// only the sign of the connection changes, and the next action asks to sign in. On a shared device it is the next one's
// screen, whatever is open on it.
function signedOut() {
  quiet();
  lost = true;
  show("off");
  const busy = !body.dataset.locksAfter && (document.querySelector("dialog[open]") || /^(input|textarea|select)$/i.test(document.activeElement?.tagName ?? ""));
  if (!busy) document.dispatchEvent(new Event("person-gone"));
}

// ——— the connection ———

function quiet() {
  const mine = stop;
  stop = null; // an abort of our own is not a loss
  mine?.abort();
  clearTimeout(watchdog);
  clearTimeout(retry);
  clearTimeout(more);
}

function again() {
  quiet();
  if (!lost) {
    lost = true;
    // A reconnection within a moment (a restart behind a proxy) is not worth an alarm.
    setTimeout(() => lost && show("off"), 1500);
  }
  wait = Math.min(wait ? wait * 1.7 : 500, 8000);
  resting = true;
  retry = setTimeout(connect, wait * (0.7 + Math.random() * 0.6));
}

async function connect() {
  quiet();
  resting = false;
  const mine = (stop = new AbortController());
  try {
    const answer = await fetch(url + "?on=" + [...wanted].join(), { headers: { Accept: "text/event-stream", "HX-Request": "true" }, signal: mine.signal, cache: "no-store" });
    if (answer.status === 401) return hear("signed-out", {});
    if (!answer.ok) throw new Error(String(answer.status));
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ; ) {
      const { value, done } = await reader.read();
      if (done || mine !== stop) break;
      alive();
      if (leading) tabs?.postMessage({ beat: true });
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
  const event = frame.match(/^event: (.*)$/m)?.[1];
  if (event) hear(event, JSON.parse(frame.match(/^data: (.*)$/m)?.[1] || "{}"));
}

// ——— one stream for all tabs ———

function lead(steal) {
  navigator.locks
    .request(name, { steal }, () => {
      leading = true;
      connect();
      return new Promise((done) => (release = done));
    })
    .catch(() => {
      // Another tab thought this one dead and took the lock: listen to it, and queue again.
      leading = false;
      quiet();
      follow();
    });
}

function follow() {
  tabs.postMessage({ hello: true, on: [...wanted] });
  alive();
  lead(false);
}

if (tabs) {
  tabs.onmessage = ({ data: m }) => {
    const wider = want(m.on); // also of tabs that do not lead: one of them will
    if (leading) {
      if (wider) widen();
      if (m.hello) tabs.postMessage({ state, since, on: [...wanted] });
      if (m.poke && resting) connect();
      return;
    }
    if (m.hello || m.poke || m.on && !m.state) return;
    alive();
    if (m.event) return hear(m.event, m.data);
    if (m.state === "on" && state !== "on") return hear("sync", {});
    if (m.state && m.state !== "on") {
      since = m.since;
      lost = m.state === "off";
      show(m.state);
    }
  };
}

if (url) {
  const begin = () => (tabs ? follow() : connect());
  const reconnect = () => (leading || !tabs) && connect();
  want(shown());
  show("connecting");
  begin();
  new MutationObserver(() => {
    clearTimeout(look);
    look = setTimeout(listen, 50);
  }).observe(body, { childList: true, subtree: true });
  window.addEventListener("online", reconnect);
  window.addEventListener("offline", () => (leading || !tabs) && again());
  window.addEventListener("pagehide", () => {
    quiet();
    clearInterval(poke);
    leading = false;
    release();
  });
  window.addEventListener("pageshow", (e) => e.persisted && begin());
}
