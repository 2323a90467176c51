/** What the page asks of the server it came from, and of no other: models, health, readings, replies as they come. */

const KEY = "bedside key";
// What an error means for who reads it: the words of the page are `trouble_KIND`.
const KINDS = { 401: "key", 400: "long", 413: "long", 422: "long", 408: "slow", 504: "slow", 429: "busy", 503: "busy" };
const CODES = { context_length_exceeded: "long", overloaded: "busy", timeout: "slow" };

/** Why there is no answer: `lost`, `key`, `busy`, `long`, `slow` or `server`. */
export class Trouble extends Error {
  constructor(kind) {
    super(kind);
    this.kind = kind;
  }
}

/** The key of this tab; "" where none was given. It is forgotten with the tab. */
export const key = () => sessionStorage.getItem(KEY) ?? "";
export function setKey(given) {
  if (given) sessionStorage.setItem(KEY, given);
  else sessionStorage.removeItem(KEY);
}

export const health = () => asJson("/healthz");
export const models = async () => (await asJson("/v1/models")).data;
export const read = (text, role) => asJson("/v1/bedside/read", { text, role });

/**
 * The events of a reply, as the server sends them.
 *
 * Throws a Trouble where there is no answer or no more of it, an AbortError where the signal ended it.
 */
export async function* reply(body, signal) {
  const response = await asked("/v1/chat/completions", { ...body, stream: true }, signal);
  let held = "";
  for await (const text of texts(response.body, signal)) {
    const lines = (held + text).split("\n");
    held = lines.pop();
    for (const line of lines) {
      if (!line.startsWith("data:")) continue;
      const data = line.slice(5).trim();
      if (data === "[DONE]") return;
      const event = parsed(data);
      if (event.error) throw new Trouble(CODES[event.error.code] ?? "server");
      yield event;
    }
  }
  throw new Trouble("lost");
}

async function* texts(body, signal) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error) => {
        throw signal.aborted ? error : new Trouble("lost");
      });
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parsed(data) {
  try {
    return JSON.parse(data);
  } catch {
    throw new Trouble("server");
  }
}

async function asked(path, body, signal) {
  const headers = key() ? { Authorization: `Bearer ${key()}` } : {};
  if (body) headers["Content-Type"] = "application/json";
  const request = { method: body ? "POST" : "GET", headers, signal, credentials: "omit", cache: "no-store" };
  if (body) request.body = JSON.stringify(body);
  const response = await fetch(path, request).catch((error) => {
    throw signal?.aborted ? error : new Trouble("lost");
  });
  if (response.ok) return response;
  const told = await response.json().catch(() => ({}));
  throw new Trouble(CODES[told.error?.code] ?? KINDS[response.status] ?? "server");
}

async function asJson(path, body) {
  const response = await asked(path, body);
  return response.json().catch(() => {
    throw new Trouble("server");
  });
}
