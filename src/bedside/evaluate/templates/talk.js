// One conversation as elements; whatever was written by others goes in as text.
function el(tag, kind, ...inside) {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  made.append(...inside);
  return made;
}
function marked(text, spans) {
  const box = el("p", "said"), points = Array.from(text);  // places are counted in code points, not in UTF-16 units
  let at = 0;
  for (const [from, to, kind] of [...spans].sort((a, b) => a[0] - b[0])) {
    if (from < at || to <= from) continue;
    const mark = el("mark", kind, points.slice(from, to).join(""));
    mark.title = labels.acts[kind] || (kind === "lost" ? "left out" : kind);
    box.append(points.slice(at, from).join(""), mark);
    at = to;
  }
  box.append(points.slice(at).join(""));
  return box;
}
function factPlaces(reference, told) {
  const small = reference.toLowerCase(), spans = [];
  if (small.length !== reference.length) return spans;
  for (const fact of told) for (const words of fact.replace(/^[^:]*: /, "").replace(/ (->|→) /g, ", ").split(", ")) {
    const start = words.length > 1 ? small.indexOf(words.toLowerCase()) : -1;
    if (start >= 0) { const from = Array.from(reference.slice(0, start)).length; spans.push([from, from + Array.from(words).length, "lost"]); }
  }
  return spans;
}
function wrong(row, answer, flags) {
  const list = el("ul", "wrong");
  labels.failures.forEach(([kind, label, reason], bit) => {
    if (!(flags & (1 << bit))) return;
    const detail = {"lost fact": answer.lost, "severe error": answer.severe, belief: [row.belief], unscored: [answer.finish]}[kind];
    list.append(el("li", bit < labels.serious ? "" : "mild", (bit < labels.serious ? "✗ " : "– ") + label + (detail ? ": " + detail.join("; ") : ". " + reason)));
  });
  return list;
}
function reply(row, answer, name, flags, language) {
  const box = el("section", flags % (1 << labels.serious) ? "arm bad" : "arm", el("h4", "", name));
  box.setAttribute("aria-label", name);
  const said = marked(answer.text || "", answer.spans || []);
  said.lang = language;
  box.append(said, wrong(row, answer, flags));
  const kept = answer.facts ? [`${answer.facts - (answer.lost || []).length} of ${answer.facts} facts kept`] : [];
  const acts = (answer.acts || []).map(act => labels.acts[act] || act);
  if (kept.length + acts.length) box.append(el("p", "read", [...kept, ...acts].join(" · ")));
  return box;
}
function about(place) {
  const tone = labels.tones[index.tones[place]] || index.tones[place];
  const emotion = index.emotions[place] === "neutral" ? "" : `, ${index.emotions[place]} ${index.feelings[place]}`;
  return `${labels.kinds[index.kinds[place]] || index.kinds[place]} · ${tone}${emotion} · ${index.languages[place]}`;
}
function copyButton(id) {
  const button = el("button", "copy", "copy link");
  button.type = "button";
  button.setAttribute("aria-label", "copy link to " + id);
  button.addEventListener("click", async () => {
    const link = location.href.split("#")[0] + address(id);
    try { await navigator.clipboard.writeText(link); button.textContent = "copied"; }
    catch { location.hash = address(id); button.textContent = "link is in the address bar"; }
  });
  return button;
}
const address = id => "#item-" + encodeURIComponent(id);
function talk(place, row) {
  const id = index.ids[place], language = index.languages[place], heading = el("h3", "", id), head = el("div", "talk-head");
  heading.tabIndex = -1;
  head.append(el("div", "", heading, el("p", "", about(place))), copyButton(id));
  const box = el("article", "talk", head);
  box.dataset.place = place;
  if (!row) { box.append(el("p", "note", "This text is not in the page; see evaluate/*/replies.jsonl.")); return box; }
  if (row.topic) box.append(el("p", "read", "Topic: " + row.topic));
  for (const [role, text] of row.said) {
    const said = el("p", "said", text);
    said.lang = language;
    box.append(el("p", "who", {user: "Patient", assistant: "Doctor"}[role] || role), said);
  }
  if (row.belief) box.append(el("p", "read", "False belief: " + row.belief));
  const arms = el("div", "arms");
  row.arms.forEach((answer, n) => arms.append(reply(row, answer, labels.arms[n], index.flags[place][n], language)));
  if (row.reference) {
    const lost = row.arms.flatMap(a => [...(a.lost || []), ...(a.severe || [])]);
    const said = marked(row.reference, factPlaces(row.reference, lost)), reference = el("details", "", el("summary", "", "Reference: the doctor's own answer"), said);
    said.lang = language;
    reference.open = lost.length > 0;
    box.append(reference);
  }
  box.append(arms);
  return box;
}
