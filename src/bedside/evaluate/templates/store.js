"use strict";
// The conversations: an index of all, and their texts in compressed chunks that are opened when they are wanted.
const by = id => document.getElementById(id);
const labels = JSON.parse(by("labels").textContent);
const packed = Array.from(document.querySelectorAll("script.chunk"));
const opened = new Map();
let index = null;

async function unpack(text) {
  const letters = atob(text), bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}
function chunk(number) {
  if (!opened.has(number)) {
    const text = packed[number].textContent;
    opened.set(number, text ? unpack(text).then(rows => { rows.forEach(sought); return rows; }) : Promise.resolve(null));
  }
  return opened.get(number);
}
// All words of a conversation in one lower-case text, for the search.
const texts = [];
function textOf(row) {
  return [row.topic || "", row.belief || "", ...row.said.map(m => m[1]), row.reference || "", ...row.arms.map(a => a.text || "")].join("\n").toLowerCase();
}
function sought(row) { row.sought = textOf(row); }
async function conversation(place) {
  const rows = await chunk(Math.floor(place / index.chunk));
  return rows && rows[place % index.chunk];
}
// Opens every chunk, a breath between, so that the page stays quick; `told` hears how far it is.
let all = null;
function openAll(told) {
  all ||= (async () => {
    for (let number = 0; number < packed.length; number++) {
      const rows = await chunk(number);
      (rows || []).forEach((row, place) => { texts[number * index.chunk + place] = row.sought; });
      told(number + 1, packed.length);
      await new Promise(resume => setTimeout(resume, 0));
    }
  })();
  return all;
}
