// The list: filters, search, pages, and addresses of single conversations.
const PAGE = 20, CHOICES = ["failure", "arm", "kind", "tone", "emotion", "language"];
let found = [], page = 0, drawn = 0;

function fill(id, values, shown) {
  for (const value of values) by(id).append(new Option(shown(value), value));
  by(id).closest("label").hidden = values.length < 2 && id !== "failure";
}
function choices() {
  const distinct = column => [...new Set(index[column])].sort();
  const bits = index.flags.flat().reduce((a, b) => a | b, 0);
  fill("failure", labels.failures.filter((_, bit) => bits & (1 << bit)).map(f => f[0]), kind => labels.failures.find(f => f[0] === kind)[1]);
  fill("arm", labels.arms.map((_, n) => n), n => labels.arms[n]);
  fill("kind", distinct("kinds"), kind => labels.kinds[kind] || kind);
  fill("tone", distinct("tones"), tone => ({distressed: "distressed", neutral: "calm"})[tone] || tone);
  fill("emotion", distinct("emotions").filter(e => e !== "neutral"), emotion => emotion);
  fill("language", distinct("languages"), code => ({en: "English", zh: "Chinese"})[code] || code);
}
// Words of the search: all must occur; what stands in quotes stays together.
function terms() {
  return Array.from(by("words").value.toLowerCase().matchAll(/["“”]([^"“”]+)["“”]?|(\S+)/g), m => m[1] || m[2]);
}
function matching() {
  const want = Object.fromEntries(CHOICES.map(id => [id, by(id).value])), words = terms();
  const bit = want.failure ? 1 << labels.failures.findIndex(f => f[0] === want.failure) : 0;
  const places = [];
  for (let place = 0; place < index.ids.length; place++) {
    if (want.kind && index.kinds[place] !== want.kind || want.tone && index.tones[place] !== want.tone) continue;
    if (want.emotion && index.emotions[place] !== want.emotion || want.language && index.languages[place] !== want.language) continue;
    const flags = index.flags[place];
    if (bit && !(want.arm === "" ? flags.some(f => f & bit) : flags[want.arm] & bit)) continue;
    if (!bit && want.arm !== "" && !flags[want.arm]) continue;
    if (words.length && !words.every(w => (texts[place] || "").includes(w) || index.ids[place].toLowerCase().includes(w))) continue;
    places.push(place);
  }
  return places;
}
async function search() {
  const turn = ++drawn;
  if (terms().length) {
    await openAll((now, of) => { if (turn === drawn && now < of && now % 10 === 0) by("count").textContent = `reading ${Math.round(100 * now / of)} %`; });
    if (turn !== drawn) return;
  }
  found = matching();
  page = 0;
  await draw();
}
async function draw(focus = false) {
  const turn = ++drawn, shown = found.slice(page * PAGE, (page + 1) * PAGE);
  const rows = await Promise.all(shown.map(conversation));
  if (turn !== drawn) return;
  by("talks").replaceChildren(...shown.map((place, n) => talk(place, rows[n])));
  const number = n => n.toLocaleString("en");
  const one = by("arm").value !== "" && !by("failure").value ? ` with any failure of ${labels.arms[by("arm").value]}` : "";
  by("count").textContent = `${number(found.length)} of ${number(index.ids.length)} conversations${one}`;
  by("where").textContent = `page ${number(page + 1)} of ${number(Math.ceil(found.length / PAGE))}`;
  by("pager").hidden = found.length <= PAGE;
  by("before").disabled = page === 0;
  by("after").disabled = (page + 1) * PAGE >= found.length;
  light();
  if (focus) by("talks").querySelector("h3").focus();
}
// Marks the words of the search where the browser can do so without changing the text.
function light() {
  if (!globalThis.Highlight) return;
  const ranges = [], words = terms(), walk = document.createTreeWalker(by("talks"), NodeFilter.SHOW_TEXT);
  while (words.length && walk.nextNode()) {
    const text = walk.currentNode.data.toLowerCase();
    if (text.length !== walk.currentNode.data.length) continue;
    for (const word of words) for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
      const range = new Range();
      range.setStart(walk.currentNode, at);
      range.setEnd(walk.currentNode, at + word.length);
      ranges.push(range);
    }
  }
  CSS.highlights.set("hit", new Highlight(...ranges));
}
function clear() { for (const id of ["words", ...CHOICES]) by(id).value = ""; }
async function turn(step) { page += step; await draw(true); }
async function follow() {
  if (!location.hash.startsWith("#item-")) return;
  let id = "";
  try { id = decodeURIComponent(location.hash.slice(6)); } catch { return; }
  const place = index.ids.indexOf(id);
  if (place < 0) { by("count").textContent = `There is no conversation ${id} here.`; return; }
  clear();
  found = matching();
  page = Math.floor(place / PAGE);
  await draw();
  const box = document.querySelector(`[data-place="${place}"]`);
  if (box) { box.scrollIntoView({behavior: "instant"}); box.querySelector("h3").focus({preventScroll: true}); }
}
async function start() {
  if (!globalThis.DecompressionStream) { by("count").textContent = "This browser is too old to open the conversations; they are in evaluate/*/replies.jsonl."; return; }
  index = await unpack(by("index").textContent);
  choices();
  let wait = 0;
  for (const id of CHOICES) by(id).addEventListener("input", search);
  by("words").addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(search, 150); });
  by("filters").addEventListener("submit", event => event.preventDefault());
  by("filters").addEventListener("reset", () => setTimeout(search, 0));
  by("before").addEventListener("click", () => turn(-1));
  by("after").addEventListener("click", () => turn(1));
  for (const button of document.querySelectorAll(".find")) button.addEventListener("click", async () => {
    clear();
    by("failure").value = button.dataset.failure;
    by("arm").value = button.dataset.arm;
    await search();
    by("conversations").scrollIntoView();
    by("conversations").focus({preventScroll: true});
  });
  addEventListener("hashchange", follow);
  await search();
  await follow();
  document.documentElement.dataset.ready = "yes";
  setTimeout(() => openAll(() => {}), 500);
}
start();
