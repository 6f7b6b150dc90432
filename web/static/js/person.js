// A browser works for one person at a time. Where its person changes or leaves in one tab, the others go to what is theirs
// to show, so that nobody reads or goes on with what somebody else left open: on a shared device that would be work under
// another name. A tab that slept meanwhile looks when it wakes.

const person = document.body.dataset.who ?? "";
const place = "person";
const door = /^\/(login|shared)(\/|$)/.test(location.pathname);

// A page of nobody says so at a door only: elsewhere it may be the page of a program that cannot look anybody up.
if (person || door) localStorage.setItem(place, person);

// The page is asked for anew, and never sent anew.
function leave() {
  location.replace(location.pathname + location.search);
}

function check() {
  if (person && localStorage.getItem(place) !== person) leave();
}

document.addEventListener("person-gone", leave);
window.addEventListener("storage", check);
document.addEventListener("visibilitychange", check);
window.addEventListener("pageshow", (e) => e.persisted && check());
