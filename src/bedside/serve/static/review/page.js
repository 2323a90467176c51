// The page: shows the case where the reviewer is, keeps every answer at once, goes on when a case is confirmed.

import * as desk from "./desk.js";
import * as pair from "./pair.js";
import { announce, h, key, languageNow, remember, setting, speak, t } from "./parts.js";
import * as rewrite from "./rewrite.js";

const NOTE_PAUSE_MS = 400;
const main = document.getElementById("main");
const help = document.getElementById("help");
let now = null; // where the reviewer is
let task = null; // what is shown there
let active = null; // the question that the next letter answers
let seen = 0; // when the clock of this case was last read
let inSight = !document.hidden;
let waiting = null; // a note that is being typed
let busy = false;

const mode = () => (now.kind === "pairs" ? pair : rewrite);
const field = (question) => main.querySelector(`[data-question="${question}"]`);

async function attempt(work) {
  const trouble = document.getElementById("trouble");
  try {
    const result = await work();
    trouble.replaceChildren();
    return result;
  } catch (error) {
    const again = h("button", { type: "button", onclick: () => (error.status === undefined ? attempt(work) : location.reload()) }, t("try again"));
    trouble.replaceChildren(h("p", {}, t(error.status === 409 ? "closed" : "trouble"), " "), again);
    throw error;
  }
}

// Adds the time since the clock was last read, as far as the page was in sight.
function clock() {
  const passed = inSight ? (performance.now() - seen) / 1000 : 0;
  seen = performance.now();
  if (task) task.rating.seconds = Math.min(86400, Math.round((task.rating.seconds + passed) * 10) / 10);
}
document.addEventListener("visibilitychange", () => {
  clock();
  inSight = !document.hidden;
  if (!inSight) keepNow();
});
addEventListener("pagehide", () => { if (waiting) keepNow(); });

function keepNow() {
  clearTimeout(waiting);
  waiting = null;
  if (!task || now.closed || busy) return;
  clock();
  const [place, rating] = [now.place, structuredClone(task.rating)];
  attempt(() => desk.keep(place, rating)).then(fresh, () => undefined);
}
const fresh = (state) => { now = { ...state, place: now.place }; drawHeader(); };

function changed(question) {
  if (question === "note") {
    clearTimeout(waiting);
    waiting = setTimeout(keepNow, NOTE_PAUSE_MS);
    desk.note(now.place, task.rating);
    return;
  }
  keepNow();
  if (question) activate(mode().missing(task.rating)[0] ?? null);
  drawActions();
}

function activate(question) {
  active = question;
  for (const box of main.querySelectorAll("[data-question]")) box.classList.toggle("active", box.dataset.question === question);
}

async function go(work) {
  if (busy) return;
  busy = true;
  clearTimeout(waiting);
  waiting = null;
  try { await attempt(async () => { now = await work(); await show(); }); } catch { /* told above the page */ } finally { busy = false; }
}

function confirm() {
  const left = mode().missing(task.rating);
  if (left.length) {
    activate(left[0]);
    field(left[0]).scrollIntoView({ block: "nearest" });
    announce(t("still", { questions: left.map((question) => t(`question ${question}`)).join(" ") }));
    return;
  }
  clock();
  go(() => desk.rate(now.place, task.rating));
}
// What was typed last is kept before the page turns.
const leave = (work) => { if (task && !now.closed) { clock(); const kept = structuredClone(task.rating); return async () => { await desk.keep(now.place, kept); return work(); }; } return work; };
const step = (by) => { const place = now.place + by; if (place >= 0 && place <= now.total) go(leave(() => desk.move(place))); };
const takeBack = () => { if (now.rated.length) go(leave(() => desk.undo())); };

async function show() {
  task = now.place < now.total && !now.closed ? await desk.task(now.place) : null;
  const unsent = task && desk.unsent(now.place);
  if (unsent) task.rating = unsent;
  seen = performance.now();
  drawHeader();
  const title = task ? t(`title ${now.kind}`, { number: now.place + 1, total: now.total }) : "";
  const heading = h("h1", { tabindex: "-1", class: task ? "sr" : "" }, task ? title : now.closed ? t("closed") : t(now.rated.length === now.total ? "all done" : "at the end"));
  if (task) {
    const parts = mode().draw(task, changed);
    const intro = now.rated.length ? [] : [h("p", { class: "intro" }, t(`about ${now.kind}`))];
    main.replaceChildren(heading, ...intro, ...parts.slice(0, -1), h("div", { class: "desk" }, parts.at(-1), h("div", { id: "actions" })));
    activate(mode().missing(task.rating)[0] ?? null);
    drawActions();
  } else {
    main.replaceChildren(h("section", { class: "end" }, heading, h("p", {}, t(now.closed ? "closed more" : "end more")), h("div", { id: "actions" })));
    drawActions();
  }
  document.title = `${task ? title : t("name")} · bedside`;
  scrollTo(0, 0);
  heading.focus({ preventScroll: true });
}

function drawActions() {
  const button = (label, letter, act, attributes = {}) => h("button", { type: "button", onclick: act, ...attributes }, t(label), letter ? key(letter) : null);
  const bar = [];
  if (!now.closed) bar.push(button("undo", "Z", takeBack, { disabled: !now.rated.length }));
  if (!now.closed) bar.push(button("back", ",", () => step(-1), { disabled: now.place === 0 }));
  if (task) bar.push(button("forward", ".", () => step(1)), button("confirm", "↵", confirm, { class: `main ${mode().missing(task.rating).length ? "" : "ready"}`, id: "confirm" }));
  const place = document.getElementById("actions");
  const focused = place.contains(document.activeElement) ? [...place.children].indexOf(document.activeElement) : -1;
  place.replaceChildren(...bar);
  if (focused >= 0) place.children[focused]?.focus();
}

function drawHeader() {
  const done = t("progress", { rated: now.rated.length, total: now.total });
  const bar = h("progress", { max: now.total, "aria-label": t("progress label") });
  bar.value = now.rated.length;
  const where = now.place < now.total && !now.closed ? t(`title ${now.kind}`, { number: now.place + 1, total: now.total }) : t("name");
  const other = languageNow() === "en" ? "zh" : "en";
  const again = task && now.rated.includes(now.place) ? h("span", { class: "again" }, t("rated already")) : null;
  document.querySelector("header").replaceChildren(
    h("p", { class: "where" }, h("b", {}, where), again), h("p", { class: "how-far" }, bar, h("span", {}, done)),
    h("p", { class: "tools" }, h("span", { class: "who-am-i" }, now.reviewer),
      h("button", { type: "button", id: "language", lang: other === "zh" ? "zh-CN" : "en", onclick: () => turn(other) }, other === "zh" ? "中文" : "English"),
      h("button", { type: "button", onclick: showHelp }, t("keys"), key("?"))));
}

function turn(language) {
  speak(language);
  drawHeader();
  if (task) keepNow();
  go(async () => now);
}

function showHelp() {
  const rows = [...mode().keysOfHelp(), ["C", t("help note")], ["Esc", t("help leave note")], ["↵", t("help confirm")], ["Z", t("help undo")], [", .", t("help browse")]];
  const list = h("dl", {}, ...rows.map(([keys, what]) => h("div", {}, h("dt", {}, ...keys.split(" ").map((one) => h("kbd", {}, one))), h("dd", {}, what))));
  const box = h("input", { type: "checkbox", onchange: () => remember("keys", box.checked ? "on" : "off") });
  box.checked = setting("keys", "on") === "on";
  help.replaceChildren(h("h2", { id: "help-title" }, t("keys")), h("p", {}, t(`about ${now.kind}`)), list, h("label", { class: "switch" }, box, " ", t("keys on")),
    h("button", { type: "button", class: "main", onclick: () => help.close() }, t("shut")));
  help.showModal();
}

function typed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || help.open) return;
  const writing = event.target.matches("textarea");
  if (writing) {
    if (event.key === "Escape") {
      event.target.blur();
      keepNow();
    }
    return;
  }
  const letter = event.key.toLowerCase();
  if (event.key === "Enter") {
    if (task && !event.repeat && !event.target.closest("button, summary, a")) { event.preventDefault(); confirm(); }
    return;
  }
  if (setting("keys", "on") !== "on") return;
  if (press(letter)) event.preventDefault();
}

// Whether a letter means something here; if so, it is done.
function press(letter) {
  if (letter === "?") { showHelp(); return true; }
  if (now.closed || busy) return false;
  if (letter === "z") { takeBack(); return true; }
  if (letter === ",") { step(-1); return true; }
  if (!task) return false;
  if (letter === ".") { step(1); return true; }
  if (letter === "c") { document.getElementById("note").focus(); return true; }
  const value = active && mode().answerOf(active, letter);
  if (value) { field(active).querySelector(`input[value="${value}"]`).click(); return true; }
  if (mode().shortcuts[letter]) { activate(mode().shortcuts[letter]); return true; }
  const tick = main.querySelector(`[data-key="${CSS.escape(letter)}"]`);
  if (tick) { tick.click(); return true; }
  const reference = document.getElementById("reference");
  if (letter === "r" && reference) { reference.open = !reference.open; return true; }
  return false;
}

document.addEventListener("keydown", typed);
main.addEventListener("focusin", (event) => { const box = event.target.closest("[data-question]"); if (box) activate(box.dataset.question); });
await go(() => desk.state());
