/** The page's own words in English or Chinese. `say` gives one; `fill` puts them where the page asks for them. */

const LANGUAGES = ["en", "zh"];
const SLOT = /\{(\w+)\}/g;
const all = {};
let now = "en";
let numbers = {};

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

/** Where to call in an emergency, by language, as whoever runs this server has set it. */
export function setEmergency(given) {
  numbers = given ?? {};
}

export function switchLanguage() {
  now = now === "en" ? "zh" : "en";
}

/** The words of this name, with values in their slots. */
export function say(name, values = {}) {
  const known = { emergency: numbers[now] ?? all[now].emergency, ...values };
  return (all[now][name] ?? name).replace(SLOT, (_, slot) => known[slot] ?? "");
}

/** Put the words into every element that names them. */
export function fill() {
  document.documentElement.lang = now === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = say(element.dataset.word);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
}
