/** The page: what its controls do, and when it is drawn. */

import { Dial } from "./dial.js";
import { by, make } from "./elements.js";
import { askKey, startKey } from "./key.js";
import { save } from "./out.js";
import { Trouble, health, models } from "./server.js";
import { speak, tell } from "./spoken.js";
import { Talk } from "./talk.js";
import { drawText } from "./text.js";
import { drawTurn } from "./turn.js";
import { fill, loadWords, say, setEmergency, switchLanguage } from "./words.js";

const LATE_MS = 20_000;
const dial = new Dial();
const talk = new Talk(changed);
const elements = new Map();
const waiting = new Set();
const touch = () => matchMedia("(pointer: coarse)").matches;
let kept;

await loadWords();
startKey();
controls();
draw();
loadHealth();
loadModels();

/** Everything again, as after another language was chosen. */
function draw() {
  fill();
  by("language").textContent = say("other_language");
  by("language").lang = document.documentElement.lang === "en" ? "zh-CN" : "en";
  by("message").placeholder = say("placeholder");
  if (kept !== undefined) by("kept").textContent = kept ? say("kept_days", { days: kept }) : say("kept_none");
  for (const id of ["caution", "urgent"]) drawText(by(id), say(id), { calls: true });
  dial.show();
  for (const turn of talk.turns) drawOne(turn);
  drawState();
}

function drawOne(turn) {
  const last = turn === talk.turns.at(-1);
  drawTurn(elements.get(turn), turn, last && !talk.busy ? () => send(turn) : undefined);
}

function drawState() {
  const [some, busy] = [talk.turns.length > 0, talk.busy];
  by("welcome").hidden = some;
  by("save").hidden = by("clear").hidden = !some;
  by("send").hidden = busy;
  by("stop").hidden = !busy;
  // In a crisis nothing is offered to play with.
  by("dial").hidden = !dial.turns || Boolean(talk.turns.at(-1)?.fixed);
}

/** At most once for each picture that the screen shows, however many words come. */
function changed(turn, one) {
  if (!elements.has(turn)) return;
  for (const reply of turn.replies) reply.reading.opened ??= () => changed(turn, reply);
  tell(turn, one);
  if (!waiting.size) requestAnimationFrame(drawWaiting);
  waiting.add(turn);
  drawState();
}

function drawWaiting() {
  for (const turn of waiting) if (elements.has(turn)) drawOne(turn);
  waiting.clear();
}

async function send(turn) {
  // A keyboard on the screen would cover the reply.
  if (touch()) by("message").blur();
  else by("message").focus({ preventScroll: true });
  if (turn.replies.some(({ trouble }) => trouble === "key") && !(await askKey())) return;
  if (!dial.ready && !(await loadModels(turn))) return;
  const asked = talk.ask(turn, arms());
  changed(turn, turn.replies[0]);
  for (const one of turn.replies) setTimeout(() => late(turn, one), LATE_MS);
  await asked;
}

function late(turn, one) {
  if (one.state !== "waiting" || !turn.replies.includes(one)) return;
  one.late = true;
  speak(say("taking_long"));
  changed(turn, one);
}

/** The replies to ask for: as the dial stands, and the base model's before it where both are wanted. */
function arms() {
  if (!dial.ready) return [{ side: "tuned", level: 1, body: {} }];
  const tuned = { side: "tuned", level: dial.level, dialled: dial.base !== undefined, body: dial.tuned };
  return dial.comparing ? [{ side: "base", level: 0, dialled: true, body: dial.base }, tuned] : [tuned];
}

function write() {
  const message = by("message").value.trim();
  if (!message || talk.busy) return;
  by("message").value = "";
  const turn = talk.add(message, arms());
  elements.set(turn, by("turns").appendChild(make("article", "turn")));
  for (const past of talk.turns.slice(-2)) drawOne(past);
  drawState();
  const smooth = matchMedia("(prefers-reduced-motion: no-preference)").matches;
  elements.get(turn).scrollIntoView({ block: "start", behavior: smooth ? "smooth" : "auto" });
  send(turn);
}

/** What the server has; asks for a key where it wants one. Says why not in the turn that waits for it. */
async function loadModels(turn) {
  for (;;) {
    try {
      dial.take(await models());
      drawState();
      return true;
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      if (error.kind === "key" && !by("key_box").open && (await askKey())) continue;
      if (turn) talk.fail(turn, error.kind);
      return false;
    }
  }
}

async function loadHealth() {
  try {
    const told = await health();
    kept = told.kept_days;
    setEmergency(told.emergency_number);
    draw();
  } catch (error) {
    if (!(error instanceof Trouble)) throw error; // then nothing is said of what the server keeps
  }
}

function clear() {
  talk.clear();
  elements.clear();
  by("turns").replaceChildren();
  by("spoken").replaceChildren();
  by("alarm").replaceChildren();
  by("message").value = "";
  drawState();
  speak(say("cleared"));
  by("message").focus();
}

function controls() {
  by("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    write();
  });
  by("message").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || touch()) return;
    event.preventDefault();
    write();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing && talk.busy) talk.stop();
  });
  by("stop").addEventListener("click", () => {
    talk.stop();
    by("message").focus();
  });
  by("comfort").addEventListener("input", () => dial.show());
  by("save").addEventListener("click", () => save(talk.turns));
  by("clear").addEventListener("click", () => by("clear_box").showModal());
  by("clear_leave").addEventListener("click", () => by("clear_box").close());
  by("clear_do").addEventListener("click", () => {
    by("clear_box").close();
    clear();
  });
  by("language").addEventListener("click", () => {
    switchLanguage();
    draw();
  });
  // A page that the browser brings back from its memory shows nothing of what was written.
  addEventListener("pageshow", (event) => event.persisted && clear());
}
