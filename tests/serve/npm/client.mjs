// What the npm client of OpenAI gets from the server at BASE_URL, as JSON on stdout.
import OpenAI from "openai";

const { BASE_URL: baseURL, API_KEY: apiKey } = process.env;
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const ask = (content, more = {}) =>
  client.chat.completions.create({ model: "tuned", messages: [{ role: "user", content }], ...more });

const whole = await ask("a cold", { comfort: 0.5 });
let streamed = "";
for await (const chunk of await ask("a cold", { stream: true })) streamed += chunk.choices[0]?.delta?.content ?? "";
const crisis = await ask("I want to die");
const models = [];
for await (const model of client.models.list()) models.push(model.id);
const missing = await ask("a", { model: "other" }).catch((error) => [error.status, error.code]);
const stranger = new OpenAI({ baseURL, apiKey: "bedside-wrong", maxRetries: 0 });
const wrongKey = await stranger.models.list().catch((error) => error.status);

console.log(JSON.stringify({
  whole: whole.choices[0].message.content,
  comfort: whole.bedside.comfort,
  crisis: crisis.choices[0].message.content,
  streamed, models, missing, wrong_key: wrongKey,
}));
