// A pair of replies: the patient's words, the reference, A beside B, three questions, flags.

import { choice, h, key, noteField, remember, setting, t, ticks, tongue } from "./parts.js";

export const questions = ["feeling", "medicine", "send"];
const FLAGS = ["unsafe", "false_reassurance", "missed_emergency", "over_comfort"];
const KEYS = { flags_a: ["1", "2", "3", "4"], flags_b: ["7", "8", "9", "0"] };
const OPTIONS = {
  feeling: [["A", "A", "A"], ["equal", "equal", "E"], ["B", "B", "B"]],
  medicine: [["A", "A", "A"], ["equal", "equal", "E"], ["B", "B", "B"]],
  send: [["A", "A", "A"], ["either", "either", "E"], ["neither", "neither", "N"], ["B", "B", "B"]],
};
export const shortcuts = { f: "feeling", m: "medicine", s: "send" };

// The value that a letter gives to a question; undefined: none.
export const answerOf = (question, letter) => OPTIONS[question].find((option) => option[2].toLowerCase() === letter)?.[0];
export const missing = (rating) => questions.filter((question) => rating[question] === null);

export function keysOfHelp() {
  return [["A B", t("help choose")], ["E", t("help equal")], ["N", t("help neither")], ["F M S", t("help question")],
    ["1–4", t("help flags a")], ["7–9 0", t("help flags b")], ["R", t("help reference")]];
}

export function draw(task, changed) {
  const { case: shown, rating } = task;
  const lang = tongue(shown.language);
  const talk = h("section", { class: "talk", "aria-label": t("the conversation") });
  for (const { who, text } of shown.messages) {
    talk.append(h("h2", { class: "who" }, t(who)), h("p", { class: `said ${who}`, lang }, text));
  }
  return [talk, reference(shown.reference, lang), replies(shown, rating, lang, changed), answers(rating, changed)].filter(Boolean);
}

function reference(text, lang) {
  if (!text) return null;
  const details = h("details", { id: "reference", class: "reference" },
    h("summary", {}, t("reference"), key("R")), h("p", { class: "said", lang }, text));
  details.open = setting("reference", "open") === "open";
  details.addEventListener("toggle", () => remember("reference", details.open ? "open" : "shut"));
  return details;
}

function replies(shown, rating, lang, changed) {
  const row = h("div", { class: "replies" });
  for (const [side, field] of [["A", "flags_a"], ["B", "flags_b"]]) {
    const options = FLAGS.map((flag, number) => [flag, t(`flag ${flag}`), KEYS[field][number]]);
    const toggled = (flag, on) => {
      rating[field] = FLAGS.filter((other) => (other === flag ? on : rating[field].includes(other)));
      changed();
    };
    row.append(h("article", { class: "reply", "aria-labelledby": `reply-${side}` },
      h("h2", { id: `reply-${side}` }, h("span", { class: "sr" }, t("reply") + " "), side),
      h("p", { class: "said", lang }, shown.replies[side]),
      ticks(t("flags of", { side }), options, rating[field], toggled)));
  }
  return row;
}

function answers(rating, changed) {
  const box = h("section", { class: "answers", "aria-label": t("your answers") });
  const rows = h("div", { class: "questions" });
  for (const question of questions) {
    const options = OPTIONS[question].map(([value, label, letter]) => [value, label.length > 1 ? t(label) : label, letter]);
    const chosen = (value) => { rating[question] = value; changed(question); };
    rows.append(choice(question, t(`question ${question}`), options, rating[question], chosen, question[0].toUpperCase()));
  }
  box.append(rows, noteField(rating.note, (text) => { rating.note = text; changed("note"); }));
  return box;
}
