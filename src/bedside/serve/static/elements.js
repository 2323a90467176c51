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

/**
 * Give an element the children that `parts` tell: [signature, draw, update]. A child whose signature stays is the same
 * element as before, so that what is being pressed, focused or selected there is not taken away; `update` is told it.
 */
export function redraw(element, parts) {
  const wanted = parts.filter(Boolean);
  const signatures = new Set(wanted.map(([signature]) => signature));
  const had = new Map([...element.children].map((child) => [child.signature, child]));
  for (const [signature, child] of had) if (!signatures.has(signature)) child.remove();
  wanted.forEach(([signature, draw, update], at) => {
    const child = had.get(signature) ?? Object.assign(draw(), { signature });
    if (element.children[at] !== child) element.insertBefore(child, element.children[at] ?? null);
    update?.(child);
  });
}
