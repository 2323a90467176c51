/** The key that a server may ask for: a box to type it into, and a button to forget it. */

import { by } from "./elements.js";
import { key, setKey } from "./server.js";

/** Ask for a key; true when one was given. */
export function askKey() {
  const box = by("key_box");
  by("key_wrong").hidden = !key();
  by("key").value = "";
  box.showModal();
  return new Promise((resolve) => {
    box.onclose = () => {
      const given = box.returnValue === "take" && by("key").value.trim();
      if (given) setKey(given);
      by("key").value = "";
      showForget();
      resolve(Boolean(given));
    };
  });
}

/** Make the box and the button work. */
export function startKey() {
  const take = () => by("key_box").close("take");
  by("key_take").addEventListener("click", take);
  by("key_leave").addEventListener("click", () => by("key_box").close("leave"));
  by("key").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) take();
  });
  by("forget").addEventListener("click", () => {
    setKey("");
    showForget();
    by("message").focus();
  });
  showForget();
}

function showForget() {
  by("forget").hidden = !key();
}
