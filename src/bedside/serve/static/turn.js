/** One turn of the conversation as elements: the message, what the guard says, the reply or two, what was read in them. */

import { copy } from "./out.js";
import { button, make } from "./elements.js";
import { shown, sideName } from "./dial.js";
import { marksOf, messageReading, replyReading } from "./readings.js";
import { drawText } from "./text.js";
import { say } from "./words.js";

// Which of several reasons gives the advice its heading.
const WEIGHT = ["emergency", "crisis", "same day"];

/** Draw a turn; `again` is what its button does, absent where it cannot be asked again now. */
export function drawTurn(element, turn, again) {
  const message = make("div", "message");
  message.dir = "auto";
  drawText(message, turn.message);
  const parts = [make("h2", "unseen", say("you")), message];
  if (turn.read && !turn.fixed) parts.push(messageReading(turn.read, turn.reading));
  parts.push(make("h2", "unseen", say("reply")));
  const warned = turn.replies.find(({ advice }) => advice);
  if (warned) parts.push(advice(warned));
  const two = turn.replies.length > 1;
  const replies = turn.replies.map((one) => drawReply(make("section", "reply"), turn, one, again));
  element.replaceChildren(...parts, make("div", two ? "replies two" : "replies", ...replies));
}

function advice({ advice: text, guard }) {
  const reason = WEIGHT.find((each) => guard.some((one) => one.reason === each && one.action === "advice first"));
  return card(`advice ${reason.replace(" ", "-")}`, say(`advice_${reason}`), text);
}

/** The guard's own words, set apart; numbers to call in them can be tapped. */
function card(kind, heading, text) {
  const words = make("div", "words");
  drawText(words, text.trim(), { calls: true });
  return make("aside", `card ${kind}`, make("h3", "", heading), words);
}

function drawReply(element, turn, one, again) {
  element.dir = "auto";
  if (turn.replies.length > 1) element.append(make("h3", "side", sideName(one)));
  if (turn.fixed) element.append(card("crisis", say("crisis"), one.text));
  else element.append(words(one));
  element.append(...notes(turn, one));
  if (!one.read && !["done", "stopped", "cut", "broken", "failed"].includes(one.state)) return element;
  if (one.read) element.append(replyReading(one.read, one.reading));
  element.append(actions(turn, one, again));
  return element;
}

function words(one) {
  const body = make("div", "words");
  drawText(body, one.text, { marks: one.read && one.reading.open ? marksOf(one.read) : [] });
  return body;
}

function notes(turn, one) {
  const found = [];
  if (["waiting", "writing"].includes(one.state) && !turn.fixed) {
    found.push(make("p", "writing", say("writing")));
    if (one.late && !one.text) found.push(make("p", "note", say("taking_long")));
  }
  if (["stopped", "cut", "broken"].includes(one.state)) found.push(make("p", "note", say(one.state)));
  const reasons = one.guard.filter(({ action }) => ["replaced", "annotated"].includes(action)).map(({ reason }) => reason);
  found.push(...[...new Set(reasons)].map((reason) => make("p", "note", say(`guard_${reason}`))));
  if (one.trouble) found.push(trouble(one));
  return found;
}

function trouble({ trouble: kind }) {
  const more = [say(`trouble_${kind}_more`), say("trouble_urgent")];
  return make("div", "card trouble", make("h3", "", say(`trouble_${kind}`)), ...more.map((text) => make("p", "", text)));
}

function actions(turn, one, again) {
  const row = make("p", "actions");
  if (one.text) row.append(button(say("copy"), (pressed) => copy(`${one.advice}${one.text}`, pressed)));
  if (again && one === turn.replies.at(-1) && !turn.fixed) {
    row.append(button(say(one.trouble ? "retry" : "again"), again, one.trouble ? "main" : "quiet"));
  }
  if (turn.replies.length === 1 && one.dialled && one.text && !turn.fixed) {
    row.append(make("span", "soft", say("at_level", { level: shown(one.level) })));
  }
  return row;
}
