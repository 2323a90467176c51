/**
 * Text that a model or a patient wrote, as elements: paragraphs, lists, headings, bold, and findings marked at their
 * places. Everything else that looks like markup stays the text that it is.
 */

import { make } from "./elements.js";

const ITEM = /^\s*(?:[-*•]\s+|(\d{1,3})(?:[.)]\s+|、\s*))/u;
const HEADING = /^\s*#{1,6}\s+/u;
const BOLD = /\*\*([^*\n]+)\*\*/gu;
// Three digits or more, as numbers to call have; only in the guard's own words, which the operator has checked.
const CALL = /\+?\d(?:[ -]?\d){2,14}/gu;

/** Fill an element with a text. `marks` are {start, end, kind} in characters; `calls` makes telephone numbers links. */
export function drawText(element, text, { marks = [], calls = false } = {}) {
  const writer = { text, calls, marks: inUnits(text, marks) };
  element.replaceChildren(...blocks(text).map((block) => drawn(block, writer)));
}

/** Python counts characters where JavaScript counts UTF-16 units. */
function inUnits(text, marks) {
  const at = [0];
  for (const character of text) at.push(at.at(-1) + character.length);
  const moved = marks.map((mark) => ({ ...mark, start: at[mark.start], end: at[mark.end] }));
  return moved.filter((mark) => mark.end > mark.start).sort((a, b) => a.start - b.start || b.end - a.end);
}

/** Paragraphs, lists and headings, each with the places of its lines. */
function blocks(text) {
  const found = [];
  let open = null;
  let start = 0;
  for (const line of text.split("\n")) {
    const end = start + line.length;
    const item = ITEM.exec(line);
    const heading = HEADING.exec(line);
    if (!line.trim()) {
      open = null;
    } else if (item) {
      const tag = item[1] ? "ol" : "ul";
      if (open?.tag !== tag) found.push((open = { tag, items: [] }));
      open.items.push({ number: Number(item[1]), lines: [[start + item[0].length, end]] });
    } else if (heading) {
      found.push({ tag: "h4", lines: [[start + heading[0].length, end]] });
      open = null;
    } else if (open?.items && /^\s/u.test(line)) {
      open.items.at(-1).lines.push([start, end]);
    } else {
      if (open?.tag !== "p") found.push((open = { tag: "p", lines: [] }));
      open.lines.push([start, end]);
    }
    start = end + 1;
  }
  return found;
}

function drawn(block, writer) {
  if (!block.items) return withLines(make(block.tag), block.lines, writer);
  const items = block.items.map((item) => {
    const element = withLines(make("li"), item.lines, writer);
    if (item.number) element.value = item.number;
    return element;
  });
  return make(block.tag, "", ...items);
}

function withLines(element, lines, writer) {
  lines.forEach(([start, end], index) => {
    if (index) element.append(make("br"));
    let at = start;
    for (const bold of writer.text.slice(start, end).matchAll(BOLD)) {
      const from = start + bold.index + 2;
      append(element, at, from - 2, writer);
      append(element.appendChild(make("strong")), from, from + bold[1].length, writer);
      at = from + bold[1].length + 2;
    }
    append(element, at, end, writer);
  });
  return element;
}

/** The text from start to end, with its marks. */
function append(element, start, end, writer) {
  let at = start;
  for (const mark of writer.marks) {
    const from = Math.max(at, mark.start);
    const to = Math.min(end, mark.end);
    if (from >= to) continue;
    plain(element, writer.text.slice(at, from), writer.calls);
    element.append(make("mark", mark.kind, writer.text.slice(from, to)));
    at = to;
  }
  plain(element, writer.text.slice(at, end), writer.calls);
}

function plain(element, text, calls) {
  let at = 0;
  for (const number of calls ? text.matchAll(CALL) : []) {
    const link = make("a", "", number[0]);
    link.href = `tel:${number[0].replace(/[ -]/g, "")}`;
    element.append(text.slice(at, number.index), link);
    at = number.index + number[0].length;
  }
  element.append(text.slice(at));
}
