/** The comfort dial: what the slider shows, and which model and level a request asks for. */

import { by, make } from "./elements.js";
import { say } from "./words.js";

const STEP = 0.05;

export class Dial {
  #models = [];
  #kind = "none";

  /** Set the slider to what the server has: every level, those that it lists, or none. */
  take(models) {
    this.#models = models.map(({ id, bedside }) => ({ id, level: bedside.comfort })).sort((a, b) => a.level - b.level);
    const { kind, highest } = models[0].bedside.dial;
    this.#kind = kind;
    const [slider, last] = [by("comfort"), this.#models.length - 1];
    [slider.min, slider.max, slider.step] = kind === "any" ? [0, highest, STEP] : [0, last, 1];
    slider.value = kind === "any" ? 1 : Math.max(0, this.#models.findIndex(({ level }) => level === 1));
    const ticks = kind === "any" ? [0, 1] : this.#models.keys();
    by("ticks").replaceChildren(...[...ticks].map((at) => Object.assign(make("option"), { value: at })));
    by("comparing").hidden = !this.base;
    this.show();
  }

  get ready() {
    return this.#models.length > 0;
  }

  /** Whether there is more than one level. */
  get turns() {
    return this.#kind !== "none" && this.#models.length > 1;
  }

  get level() {
    const at = Number(by("comfort").value);
    return this.#kind === "any" ? at : this.#models[this.#kind === "none" ? 0 : at].level;
  }

  /** What a request for a reply at the slider's level says. */
  get tuned() {
    if (this.#kind !== "any") return { model: this.#models.find(({ level }) => level === this.level).id };
    return { model: this.#models.find(({ level }) => level === 1).id, comfort: this.level };
  }

  /** The same for the base model; nothing where the server has no base. */
  get base() {
    const found = this.#models.find(({ level }) => level === 0);
    return found && this.#kind !== "none" ? { model: found.id } : undefined;
  }

  get comparing() {
    return by("compare").checked && this.base !== undefined && this.level !== 0;
  }

  /** Tell the level in a number and in words, to eyes and to a screen reader. */
  show() {
    if (!this.ready) return;
    const name = this.level === 0 ? "0" : this.level === 1 ? "1" : this.level < 1 ? "less" : "more";
    const words = `${shown(this.level)} · ${say(`comfort_${name}`)}`;
    by("level").textContent = words;
    by("comfort").setAttribute("aria-valuetext", words);
  }
}

/** A level as the page writes it. */
export const shown = (level) => String(Math.round(level * 100) / 100);

/** What a reply is called where two stand side by side. */
export function sideName(one) {
  return one.side === "base" ? say("reply_base") : say("reply_tuned", { level: shown(one.level) });
}
