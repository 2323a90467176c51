// A rewrite beside its original: what differs, what became of each fact, what the gates said, and the clinician's verdict.

import { choice, h, noteField, t, term, ticks, tongue } from "./parts.js";

export const questions = ["verdict"];
const WRONG = ["fact changed", "fact lost", "fact added", "patient changed", "false reassurance", "wrong feeling", "no comfort",
  "too much comfort", "unnatural", "original unsafe"];
const OPTIONS = [["accept", "A"], ["reject", "R"]];
const ORDER = ["lost", "changed", "added", "kept"];
export const shortcuts = {};

export const answerOf = (question, letter) => OPTIONS.find((option) => option[1].toLowerCase() === letter)?.[0];
export const missing = (rating) => (rating.verdict === null ? ["verdict"] : []);
export const keysOfHelp = () => [["A", t("help accept")], ["R", t("help reject")], ["1–9 0", t("help wrong")]];

export function draw(task, changed) {
  const { case: shown, rating } = task;
  return [about(shown), turns(shown), findings(shown), answers(rating, changed)];
}

function about(shown) {
  const feeling = shown.emotion === "neutral" ? term("emotion", "neutral") : `${term("emotion", shown.emotion)} ${shown.intensity}`;
  const told = [`${t("gates say")} ${term("status", shown.status)}`, `${t("asked for")} ${term("recipe", shown.recipe)}, ${feeling}`];
  return h("section", { class: "about", "aria-label": t("about") },
    h("p", {}, h("b", { class: `status ${shown.status}` }, told[0]), " · ", told[1]),
    shown.belief ? h("p", {}, t("belief"), " ", h("q", { lang: tongue(shown.language) }, shown.belief)) : null);
}

function turns(shown) {
  const lang = tongue(shown.language);
  const table = h("div", { class: "versions" }, h("h2", {}, t("original")), h("h2", {}, t("rewritten")));
  for (const { who, original, rewrite } of shown.turns) {
    table.append(version(t(who), t("original"), original, "del", lang), version(t(who), t("rewritten"), rewrite, "ins", lang));
  }
  return table;
}

function version(who, which, pieces, mark, lang) {
  const text = h("p", { class: "said", lang });
  for (const [where, words] of pieces) text.append(where === "here" ? h(mark, {}, words) : words);
  return h("div", { class: "version" }, h("h3", { class: "who" }, who, h("span", { class: "sr" }, `, ${which}`)), text);
}

function findings(shown) {
  const box = h("section", { class: "findings", "aria-label": t("findings") });
  if (shown.reasons.length) {
    const list = h("ul", { class: "reasons" });
    for (const { gate, side, severity, detail } of shown.reasons) {
      list.append(h("li", {}, h("b", {}, `${term("gate", gate)} (${t(side)}, ${term("severity", severity)})`), " ", detail));
    }
    box.append(h("h2", {}, t("reasons")), list);
  }
  box.append(h("h2", {}, t("ledger")), ledger(shown.ledger, tongue(shown.language)));
  return box;
}

function ledger(entries, lang) {
  if (!entries.length) return h("p", { class: "soft" }, t("no facts"));
  const list = h("ul", { class: "ledger" });
  const sorted = [...entries].sort((one, two) => ORDER.indexOf(one.outcome) - ORDER.indexOf(two.outcome));
  for (const { outcome, severity, kind, side, text } of sorted) {
    list.append(h("li", { class: outcome }, h("b", {}, term("outcome", outcome)), " ", h("span", { lang }, text), " ",
      h("small", {}, `${term("kind", kind)}, ${t(side)}${outcome === "kept" ? "" : `, ${term("severity", severity)}`}`)));
  }
  return list;
}

function answers(rating, changed) {
  const chosen = (value) => { rating.verdict = value; changed("verdict"); };
  const toggled = (what, on) => {
    rating.wrong = WRONG.filter((other) => (other === what ? on : rating.wrong.includes(other)));
    changed();
  };
  const options = OPTIONS.map(([value, letter]) => [value, t(value), letter]);
  const wrong = WRONG.map((what, number) => [what, t(`wrong ${what}`), String((number + 1) % 10)]);
  return h("section", { class: "answers audit", "aria-label": t("your answers") },
    choice("verdict", t("question verdict"), options, rating.verdict, chosen),
    ticks(t("what is wrong"), wrong, rating.wrong, toggled),
    noteField(rating.note, (text) => { rating.note = text; changed("note"); }));
}
