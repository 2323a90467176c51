// What the page says to the server: one request after the other, so that no answer overtakes another.

const here = location.pathname.replace(/\/$/, "");
let queue = Promise.resolve();

async function ask(path, method = "GET", body = undefined) {
  const options = { method, headers: body === undefined ? {} : { "content-type": "application/json" } };
  if (body !== undefined) options.body = JSON.stringify(body);
  // What is on its way when the page is left is still delivered.
  if (method !== "GET") options.keepalive = true;
  const reply = await fetch(here + path, options);
  if (!reply.ok) throw Object.assign(new Error(String(reply.status)), { status: reply.status });
  return reply.json();
}

function inTurn(...request) {
  const done = queue.then(() => ask(...request));
  queue = done.catch(() => undefined);
  return done;
}

// What is not yet known to have arrived is remembered in this tab, so that neither a reload nor a dead server loses it.
const PENDING = `pending ${here}`;
const store = (change) => { try { change(sessionStorage); } catch { /* not to be had: then only the server remembers */ } };
export function note(place, rating) {
  const pending = JSON.stringify({ place, rating });
  store((tab) => tab.setItem(PENDING, pending));
  return pending;
}
export function unsent(place) {
  let found = null;
  store((tab) => { found = JSON.parse(tab.getItem(PENDING)); });
  return found?.place === place ? found.rating : null;
}
const arrived = (pending) => store((tab) => { if (tab.getItem(PENDING) === pending) tab.removeItem(PENDING); });

export const state = () => inTurn("/state");
export const task = (place) => inTurn(`/task/${place}`);
async function put(place, rating, done) {
  const pending = note(place, rating);
  const told = await inTurn(`/task/${place}`, "PUT", { rating, done });
  arrived(pending);
  return told;
}
export const keep = (place, rating) => put(place, rating, false);
export const rate = (place, rating) => put(place, rating, true);
export const move = (place) => inTurn("/place", "PUT", { place });
export const undo = () => inTurn("/undo", "POST");
