/** One turn of the conversation as elements: the message, what the guard says, the reply or two, what was read in them. */

import { copy } from "./out.js";
import { button, make, redraw } from "./elements.js";
import { shown, sideName } from "./dial.js";
import { marksOf, messageReading, replyReading } from "./readings.js";
import { ENDED } from "./talk.js";
import { drawText } from "./text.js";
import { language, say } from "./words.js";

// Which of several reasons gives the advice its heading.
const WEIGHT = ["emergency", "crisis", "same day"];

/** Draw a turn; `again` is what its button does, absent where it cannot be asked again now. */
export function drawTurn(element, turn, again) {
  const [now, two] = [language(), turn.replies.length > 1];
  const warned = turn.replies.find(({ advice }) => advice);
  redraw(element, [
    [`you ${now}`, () => make("h2", "unseen", say("you"))],
    ["message", () => message(turn)],
    turn.read && !turn.fixed && [`read ${now}`, () => messageReading(turn.read, turn.reading)],
    [`reply ${now}`, () => make("h2", "unseen", say("reply"))],
    warned && [`advice ${now} ${warned.id}`, () => advice(warned)],
    [`replies ${two}`, () => make("div", two ? "replies two" : "replies"), (box) => drawReplies(box, turn, again)],
  ]);
}

function message(turn) {
  const element = make("div", "message");
  element.dir = "auto";
  drawText(element, turn.message);
  return element;
}

function drawReplies(box, turn, again) {
  const section = () => Object.assign(make("section", "reply"), { dir: "auto" });
  redraw(box, turn.replies.map((one) => [one.id, section, (element) => drawReply(element, turn, one, again)]));
}

function advice({ advice: text, guard }) {
  const reason = WEIGHT.find((each) => guard.some((one) => one.reason === each && one.action === "advice first"));
  return card(`advice ${reason.replace(" ", "-")}`, say(`advice_${reason}`), text);
}

/** The guard's words or the page's own, set apart; numbers to call in them can be tapped. */
function card(kind, heading, text) {
  const words = make("div", "words");
  drawText(words, text.trim(), { calls: true });
  return make("aside", `card ${kind}`, make("h3", "", heading), words);
}

function drawReply(element, turn, one, again) {
  const [now, text] = [language(), one.text];
  const marked = Boolean(one.read && one.reading.open);
  const offered = again && one === turn.replies.at(-1) && !turn.fixed ? again : undefined;
  redraw(element, [
    turn.replies.length > 1 && [`side ${now}`, () => make("h3", "side", sideName(one))],
    turn.fixed ? [`fixed ${now} ${text}`, () => card("crisis", say("crisis"), text)] : [`words ${marked} ${text}`, () => words(one)],
    ...notes(turn, one).map(([name, draw]) => [`${name} ${now}`, draw]),
    one.read && [`read ${now}`, () => replyReading(one.read, one.reading)],
    ENDED.has(one.state) && [`actions ${now} ${Boolean(offered)}`, () => actions(turn, one, offered)],
  ]);
}

function words(one) {
  const body = make("div", "words");
  drawText(body, one.text, { marks: one.read && one.reading.open ? marksOf(one.read) : [] });
  return body;
}

/** What is to be said below the words, each by its name. */
function notes(turn, one) {
  const found = [];
  const add = (name, kind = "note") => found.push([name, () => make("p", kind, say(name))]);
  if (!ENDED.has(one.state) && !turn.fixed) {
    add("writing", "writing");
    if (one.late && !one.text) add("taking_long");
  }
  if (["stopped", "cut", "broken"].includes(one.state)) add(one.state, "note end");
  const reasons = one.guard.filter(({ action }) => ["replaced", "annotated"].includes(action)).map(({ reason }) => reason);
  for (const reason of new Set(reasons)) add(`guard_${reason}`);
  if (one.trouble) found.push([`trouble_${one.trouble}`, () => trouble(one)]);
  return found;
}

function trouble({ trouble: kind }) {
  return card("trouble", say(`trouble_${kind}`), `${say(`trouble_${kind}_more`)}\n\n${say("trouble_urgent")}`);
}

function actions(turn, one, again) {
  const row = make("p", "actions");
  if (one.text) row.append(button(say("copy"), (pressed) => copy(`${one.advice}${one.text}`, pressed)));
  if (again) row.append(button(say(one.trouble ? "retry" : "again"), again, one.trouble ? "main" : "quiet"));
  if (turn.replies.length === 1 && one.dialled && one.text && !turn.fixed) {
    row.append(make("span", "soft", say("at_level", { level: shown(one.level) })));
  }
  return row;
}
