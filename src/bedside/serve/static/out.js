/** What the user takes away by their own click: a reply on the clipboard, the conversation as a text file. */

import { sideName } from "./dial.js";
import { make } from "./elements.js";
import { language, say } from "./words.js";

const TOLD_MS = 2000;

/** Copy a text, and say on the button that it was done. */
export async function copy(text, pressed) {
  const done = await toClipboard(text);
  pressed.textContent = say(done ? "copied" : "copy_failed");
  setTimeout(() => (pressed.textContent = say("copy")), TOLD_MS);
}

async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // not allowed here, or no secure page
  }
}

/** Save the conversation where the browser saves files. */
export function save(turns) {
  const file = new Blob([asText(turns)], { type: "text/plain;charset=utf-8" });
  const link = make("a");
  link.href = URL.createObjectURL(file);
  link.download = `${say("file_name")}-${new Date().toISOString().slice(0, 10)}.txt`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), TOLD_MS);
}

function asText(turns) {
  const date = new Date().toLocaleString(language() === "zh" ? "zh-CN" : "en");
  const parts = [say("file_title", { date }), say("file_caution")];
  for (const turn of turns) {
    parts.push(`${say("file_you")}:\n${turn.message}`);
    parts.push(...turn.replies.map((one) => replyText(turn, one)).filter(Boolean));
  }
  return `${parts.join("\n\n")}\n`;
}

function replyText(turn, one) {
  const name = turn.fixed || !one.dialled ? say("reply") : sideName(one);
  const end = ["stopped", "cut", "broken"].includes(one.state) ? `[${say(one.state)}]` : "";
  const said = [`${one.advice}${one.text}`.trim(), end].filter(Boolean).join("\n");
  return said && `${name}:\n${said}`;
}
