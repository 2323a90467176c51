/** Elements by name and by making them. Text goes in as text, never as markup. */

export const by = (id) => document.getElementById(id);

/** An element with a class, and children that are elements or texts. */
export function make(tag, kind, ...children) {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  element.append(...children);
  return element;
}

/** A button that does something when it is pressed. */
export function button(words, action, kind = "quiet") {
  const element = make("button", kind, words);
  element.type = "button";
  element.addEventListener("click", () => action(element));
  return element;
}
