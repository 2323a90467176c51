// Building blocks. Whatever comes from data becomes a text node: nothing is ever parsed as HTML.

const remembered = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
export const remember = (key, value) => { try { localStorage.setItem(key, value); } catch { /* private mode: not kept */ } };
export const setting = (key, otherwise) => remembered(key) ?? otherwise;

const words = await (await fetch("/part/words.json")).json();
let language = setting("language", (navigator.language || "en").toLowerCase().startsWith("zh") ? "zh" : "en");
export const languageNow = () => language;
export function speak(wanted) {
  language = wanted;
  remember("language", wanted);
  document.documentElement.lang = wanted === "zh" ? "zh-CN" : "en";
}
speak(language);

// A phrase of the interface, with {name} filled in; a word of the data that has no translation stays as it is.
export function t(key, filled = {}) {
  const phrase = words[language][key] ?? key;
  return Object.entries(filled).reduce((text, [name, value]) => text.replace(`{${name}}`, value), phrase);
}
export const term = (group, word) => words[language][`${group} ${word}`] ?? word;

// An element with attributes (on...: listeners; false and null: left out) and children (strings become text).
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}
export const key = (name) => h("kbd", { "aria-hidden": "true" }, name);
export const tongue = (of) => (of === "zh" ? "zh-CN" : "en");
export const announce = (text) => { document.getElementById("live").textContent = text; };

// A choice as a row of buttons (radio buttons underneath); `options` are [value, label, key].
export function choice(name, title, options, value, chosen, shortcut) {
  const row = h("div", { class: "options" });
  for (const [option, label, letter] of options) {
    const input = h("input", { type: "radio", name, value: option, onchange: () => chosen(option) });
    input.checked = option === value;
    row.append(h("label", {}, input, h("span", {}, label, label === letter ? null : key(letter))));
  }
  const legend = h("legend", {}, title, shortcut ? key(shortcut) : null);
  return h("fieldset", { class: "question", "data-question": name }, legend, row);
}

// Boxes to tick; `options` are [value, label, key].
export function ticks(title, options, values, toggled) {
  const row = h("div", { class: "ticks" });
  for (const [option, label, letter] of options) {
    const input = h("input", { type: "checkbox", value: option, "data-key": letter, onchange: () => toggled(option, input.checked) });
    input.checked = values.includes(option);
    row.append(h("label", {}, input, h("span", {}, label, key(letter))));
  }
  return h("fieldset", { class: "flags" }, h("legend", {}, title), row);
}

export function noteField(value, typed) {
  const field = h("textarea", { id: "note", rows: "2", maxlength: "4000", oninput: () => typed(field.value) });
  field.value = value;
  return h("div", { class: "note" }, h("label", { for: "note" }, t("note"), key("C")), field);
}
