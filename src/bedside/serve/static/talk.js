/**
 * The conversation: what was asked, the replies as they come, and what the server is told of it again. Held in memory
 * alone.
 *
 * A turn is a message with one reply, or two side by side. A reply's `state` is waiting, writing, done, stopped, cut (its
 * longest length), broken (part of it came) or failed (nothing came); `trouble` says why.
 */

import { Trouble, read, reply } from "./server.js";

/** The states after which a reply does not change any more. */
export const ENDED = new Set(["done", "stopped", "cut", "broken", "failed"]);

export class Talk {
  turns = [];
  #changed;
  #asked = 0;

  /** `changed(turn, reply)` is called whenever there is something new to show. */
  constructor(changed) {
    this.#changed = changed;
  }

  get busy() {
    return this.turns.some(({ replies }) => replies.some(({ state }) => !ENDED.has(state)));
  }

  /** A new turn; `arms` are {side, level, body}, one for each reply that is asked for. */
  add(message, arms) {
    const turn = { message, read: null, reading: {}, fixed: false, replies: [] };
    this.turns.push(turn);
    this.#renew(turn, arms);
    return turn;
  }

  /** Ask for the replies of a turn, again where it had some. */
  async ask(turn, arms) {
    this.#renew(turn, arms);
    await Promise.all(turn.replies.map((one) => this.#run(turn, one)));
  }

  /** Say why nothing can be asked. */
  fail(turn, kind) {
    for (const one of turn.replies) [one.state, one.trouble] = ["failed", kind];
    this.#changed(turn, turn.replies[0]);
  }

  stop() {
    for (const { replies } of this.turns) for (const one of replies) if (!ENDED.has(one.state)) one.control.abort();
  }

  clear() {
    this.stop();
    this.turns = [];
  }

  #renew(turn, arms) {
    turn.fixed = false;
    turn.replies = arms.map((arm) => ({
      ...arm, id: ++this.#asked, state: "waiting", advice: "", text: "", guard: [], trouble: "", read: null, reading: {}, control: new AbortController(),
    }));
  }

  async #run(turn, one) {
    try {
      const body = { ...one.body, messages: this.#history(turn, one.side) };
      for await (const event of reply(body, one.control.signal)) this.#take(turn, one, event);
      if (one.state !== "cut") one.state = "done";
    } catch (error) {
      this.#ended(one, error);
    }
    if (!turn.replies.includes(one)) return;
    this.#changed(turn, one);
    if (one.text && !turn.fixed) await this.#read(turn, one, one.text, "doctor");
  }

  #take(turn, one, event) {
    const opens = one.state === "waiting";
    one.state = one.state === "cut" ? "cut" : "writing";
    if (event.bedside) one.guard = event.bedside.guard;
    if (opens) this.#opened(turn, one);
    const [choice] = event.choices;
    const text = choice?.delta.content ?? "";
    // The guard's advice is the whole of the first words, sent in one piece before the model's.
    if (text && !one.advice && !one.text && one.guard.some(({ action }) => action === "advice first")) one.advice = text;
    else one.text += text;
    if (choice?.finish_reason === "length") one.state = "cut";
    this.#changed(turn, one);
  }

  #opened(turn, one) {
    turn.fixed = one.guard.some(({ action }) => action === "fixed reply");
    if (!turn.fixed) {
      if (!turn.read) this.#read(turn, turn, turn.message, "patient");
      return;
    }
    // In a crisis there is one reply, and nothing beside it.
    for (const other of turn.replies) if (other !== one) other.control.abort();
    turn.replies = [one];
    turn.read = null;
  }

  #ended(one, error) {
    if (one.control.signal.aborted) {
      one.state = "stopped";
      return;
    }
    if (!(error instanceof Trouble)) console.error(error);
    one.trouble = error instanceof Trouble ? error.kind : "server";
    one.state = one.text || one.advice ? "broken" : "failed";
  }

  /** What is in a text, where the server says it; the conversation does without. */
  async #read(turn, place, text, role) {
    try {
      const found = await read(text, role);
      if (turn.fixed || (place !== turn && place.text !== text)) return;
      place.read = found;
      this.#changed(turn, place === turn ? turn.replies[0] : place);
    } catch (error) {
      if (!(error instanceof Trouble)) console.error(error);
    }
  }

  /** The messages up to a turn, as one side heard them; messages without an answer are told together. */
  #history(turn, side) {
    const messages = [];
    for (const past of this.turns.slice(0, this.turns.indexOf(turn) + 1)) {
      const last = messages.at(-1);
      if (last?.role === "user") last.content += `\n\n${past.message}`;
      else messages.push({ role: "user", content: past.message });
      if (past === turn) break;
      const one = past.replies.find((each) => each.side === side) ?? past.replies[0];
      const said = `${one.advice}${one.text}`.trim();
      if (said) messages.push({ role: "assistant", content: said });
    }
    return messages;
  }
}
