/** The page's own words in English or Chinese. `say` gives one; `fill` puts them where the page asks for them. */

const LANGUAGES = ["en", "zh"];
const SLOT = /\{(\w+)\}/g;
const all = {};
let now = "en";

/** Load both languages and choose: what the address asks for (`?lang=zh`), or what the browser prefers. */
export async function loadWords() {
  const loaded = LANGUAGES.map(async (one) => {
    all[one] = await (await fetch(`/static/words/${one}.json`)).json();
  });
  await Promise.all(loaded);
  const asked = new URLSearchParams(location.search).get("lang");
  const first = [asked, ...navigator.languages].find((one) => LANGUAGES.includes((one ?? "").slice(0, 2)));
  now = (first ?? "en").slice(0, 2);
}

export const language = () => now;

export function switchLanguage() {
  now = now === "en" ? "zh" : "en";
}

/** The words of this name, with values in their slots. */
export function say(name, values = {}) {
  return (all[now][name] ?? name).replace(SLOT, (_, slot) => values[slot] ?? "");
}

/** Put the words into every element that names them. */
export function fill() {
  document.documentElement.lang = now === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = say(element.dataset.word);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
}
