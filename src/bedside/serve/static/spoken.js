/**
 * What a screen reader is told while a reply comes: whole paragraphs, each once, never a word at a time. The guard's
 * words interrupt; side by side, each reply is told when it is whole.
 */

import { sideName } from "./dial.js";
import { by, make } from "./elements.js";
import { say } from "./words.js";

const ENDS = { done: "done", stopped: "stopped", cut: "cut", broken: "broken" };
const MARKS = /\*\*|^#{1,6} /gm;
const FORGET_MS = 20_000;

/** Tell what is new in a reply since it was last told. */
export function tell(turn, one) {
  one.told ??= { at: 0, state: "", advice: false };
  if (one.state !== one.told.state && one.state === "waiting") speak(say("writing"));
  if (turn.fixed) {
    if (one.text && !one.told.at) alarm(`${say("crisis")}. ${one.text}`);
    one.told.at = one.text.length;
  } else {
    if (one.advice && !one.told.advice && turn.replies.find(({ advice }) => advice) === one) alarm(one.advice);
    one.told.advice = Boolean(one.advice);
    tellWords(turn, one);
  }
  one.told.state = one.state;
}

/** Say something once. */
export function speak(text) {
  const said = by("spoken").appendChild(make("p", "", text.replace(MARKS, "")));
  setTimeout(() => said.remove(), FORGET_MS);
}

function alarm(text) {
  by("alarm").textContent = text.replace(MARKS, "");
}

function tellWords(turn, one) {
  const ended = one.state !== one.told.state && (one.state in ENDS || one.state === "failed");
  const whole = ended ? one.text.length : turn.replies.length > 1 ? one.told.at : one.text.lastIndexOf("\n\n");
  if (whole > one.told.at) {
    const name = turn.replies.length > 1 ? `${sideName(one)}: ` : "";
    speak(name + one.text.slice(one.told.at, whole).trim());
    one.told.at = whole;
  }
  if (!ended) return;
  if (one.trouble) alarm([say(`trouble_${one.trouble}`), say(`trouble_${one.trouble}_more`), say("trouble_urgent")].join(" "));
  if (one.state in ENDS) speak(say(ENDS[one.state]));
}
