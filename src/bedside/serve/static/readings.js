/** What software read in a message and in a reply, behind a line that opens it. The words are the patient's and the model's. */

import { make } from "./elements.js";
import { say } from "./words.js";

/**
 * Feeling and urgency of a message. A condition that a sign may point to is not named: this page makes no diagnosis.
 * Where help is needed now, nothing is said of feelings.
 */
export function messageReading(read, state) {
  const { emotion, urgency, red_flags: flags } = read;
  const rows = [];
  if (!urgency.level) rows.push([say("feeling"), feeling(emotion)]);
  rows.push([say("urgency"), urgency.level ? toldBy(say(`urgency_${urgency.level}`), flags) : say("urgency_none")]);
  return opening(say("read_message"), "", state, listed(rows), make("p", "soft", say("read_how")));
}

/** Comfort acts and facts of a reply. */
export function replyReading(read, state) {
  const acts = unlike(read.comfort_acts);
  const facts = unlike(read.facts);
  const parts = [make("h4", "act", say("acts")), named(acts, "act") ?? make("p", "", say("acts_none"))];
  if (read.anti_acts.length) parts.push(make("h4", "anti", say("anti")), named(unlike(read.anti_acts), "act"));
  parts.push(make("h4", "fact", say("facts")), named(facts, "fact") ?? make("p", "", say("facts_none")));
  const counts = { acts: acts.length, facts: facts.length };
  return opening(say("read_reply", counts), say("read_reply_label", counts), state, ...parts, make("p", "soft", say("read_how")));
}

/** The places of a reply's findings, for marking them. */
export function marksOf(read) {
  const kinds = { act: read.comfort_acts, anti: read.anti_acts, fact: read.facts };
  return Object.entries(kinds).flatMap(([kind, found]) => found.map(({ start, end }) => ({ start, end, kind })));
}

function feeling({ emotion, intensity, findings }) {
  if (!intensity) return say("feeling_none");
  const own = findings.filter(({ label }) => label === emotion);
  return toldBy(say("feeling_told", { feeling: say(`emotion_${emotion}`), strength: say(`strength_${intensity}`) }), own);
}

/** What was read, and the words that told it. */
function toldBy(what, found) {
  const quotes = unlike(found).map(({ text }) => say("quote", { text })).join(" ");
  return quotes ? say("told_by", { what, quotes }) : what;
}

/** Each finding once. */
function unlike(found) {
  return [...new Map(found.map((one) => [`${one.kind} ${one.norm ?? one.text.toLowerCase()}`, one])).values()];
}

function named(found, prefix) {
  if (!found.length) return null;
  const rows = found.map(({ kind, text }) => make("li", "", say("quote", { text }), " ", make("span", "soft", say(`${prefix}_${kind}`))));
  return make("ul", "found", ...rows);
}

function listed(rows) {
  return make("dl", "", ...rows.flatMap(([name, value]) => [make("dt", "", name), make("dd", "", value)]));
}

/** A part that opens; `state.open` remembers whether it is, and `state.opened` is told when that changes. */
function opening(words, label, state, ...children) {
  const summary = make("summary", "", words);
  if (label) summary.setAttribute("aria-label", label);
  const details = make("details", "read", summary, ...children);
  details.open = Boolean(state.open);
  details.addEventListener("toggle", () => {
    if (state.open === details.open) return;
    state.open = details.open;
    state.opened?.();
  });
  return details;
}
