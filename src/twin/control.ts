import { isBodyForm } from "./message-body.ts";
import { isPersonState, type Persona, personStates } from "./persona.ts";
import { isQuirk, quirkTable } from "./quirk.ts";
import type { Twin } from "./twin.ts";
import { isConsent } from "./watched.ts";
import type { HeaderLine } from "./wire-message.ts";

/** A request to steer a stand-in, whatever carried it. `body` is JSON, or "". */
export type ControlRequest = { readonly method: string; readonly path: string; readonly body: string };

/** The answer: a status of HTTP, and what is said as JSON. */
export type ControlAnswer = { readonly status: number; readonly value: unknown };

type Words = Readonly<Record<string, unknown>>;

/**
 * Steers a stand-in: GET /state and /quirks; POST /quirks, /drop, /restart, /users/NAME/ and one of presence, subscribe,
 * unsubscribe, consent, say, type, bye, refresh, send. Mistakes are 400 or 404 with `error`.
 */
export async function control(twin: Twin, { method, path, body }: ControlRequest): Promise<ControlAnswer> {
  const [first = "", name = "", what = "", more] = path.replace(/^\/|\?.*$/g, "").split("/");
  if (method === "GET") {
    if (path === "/state") return { status: 200, value: twin.state };
    if (path === "/quirks") return { status: 200, value: quirkTable };
    return { status: 404, value: { error: "only /state and /quirks can be read" } };
  }
  if (method !== "POST") return { status: 405, value: { error: "GET or POST" } };
  const words = readWords(body);
  if (words === undefined) return wrong("the body is no JSON object");
  if (first === "quirks" && name === "") return setQuirks(twin, words);
  if (first === "drop" && name === "") {
    return { status: 200, value: { dropped: twin.drop(words.amid === true, words.one === true) } };
  }
  if (first === "restart" && name === "") {
    twin.restart();
    return done;
  }
  if (first !== "users" || more !== undefined) return { status: 404, value: { error: `nothing stands at ${path}` } };
  const persona = twin.person(decoded(name));
  if (persona === undefined) return { status: 404, value: { error: `there is no ${name}` } };
  return steer(twin, persona, what, words);
}

const done: ControlAnswer = { status: 200, value: { done: true } };

function wrong(error: string): ControlAnswer {
  return { status: 400, value: { error } };
}

async function steer(twin: Twin, persona: Persona, what: string, words: Words): Promise<ControlAnswer> {
  if (what === "presence") {
    if (!isPersonState(words.state)) return wrong(`state is one of ${personStates.join(", ")}`);
    twin.setState(persona, words.state, text(words.note) ?? "");
    return done;
  }
  const to = text(words.to);
  if (to === undefined || !(to.includes("@") || to === "*")) return wrong("to is an address like bob@ours.example");
  const said = text(words.text);
  switch (what) {
    case "subscribe":
      twin.subscribe(persona, to);
      return done;
    case "unsubscribe":
      twin.unsubscribe(persona, to);
      return done;
    case "consent":
      if (!isConsent(words.consent)) return wrong("consent is one of allow, ask, block, refuse");
      twin.consent(persona, to, words.consent);
      return done;
    case "say": {
      if (said === undefined) return wrong("text is missing");
      if (words.form !== undefined && !isBodyForm(words.form)) {
        return wrong("form is one of plain, html, rtf, multipart, related");
      }
      twin.say(persona, to, said, words.form);
      return done;
    }
    case "type":
      return sessionNeeded(twin.type(persona, to, words.status === "idle" ? "idle" : "type"));
    case "bye":
      return sessionNeeded(twin.bye(persona, to));
    case "refresh":
      return sessionNeeded(twin.refresh(persona, to));
    case "send": {
      const method = text(words.method);
      if (method === undefined || !/^[A-Z]{1,20}$/.test(method)) return wrong("method is missing");
      const headers = headersIn(words.headers);
      if (headers === undefined) return wrong("headers is an object of header names and values");
      const inSession = words.inSession === true;
      const rest = { headers, contentType: text(words.contentType), body: text(words.body) ?? "", inSession };
      return { status: 200, value: await twin.probe(persona, { method, to, ...rest }) };
    }
    default:
      return { status: 404, value: { error: `nobody can ${what}` } };
  }
}

function sessionNeeded(held: boolean): ControlAnswer {
  return held ? done : { status: 409, value: { error: "there is no session with them" } };
}

function setQuirks(twin: Twin, words: Words): ControlAnswer {
  const wanted = Object.entries(words);
  for (const [name, value] of wanted) {
    if (!isQuirk(name)) return wrong(`${name} is no quirk; GET /quirks names them`);
    if (typeof value !== "boolean" && !(typeof value === "number" && value >= 0)) {
      return wrong(`${name} is true, false or a number`);
    }
  }
  for (const [name, value] of wanted) if (isQuirk(name)) twin.quirks[name] = Number(value);
  return { status: 200, value: twin.quirks };
}

function readWords(body: string): Words | undefined {
  if (body.trim() === "") return {};
  try {
    const read: unknown = JSON.parse(body);
    return typeof read === "object" && read !== null && !Array.isArray(read) ? (read as Words) : undefined;
  } catch {
    return undefined;
  }
}

function headersIn(value: unknown): readonly HeaderLine[] | undefined {
  if (value === undefined) return [];
  if (typeof value !== "object" || value === null) return undefined;
  const lines: HeaderLine[] = [];
  for (const [name, said] of Object.entries(value)) {
    if (typeof said !== "string" || /[\r\n]/.test(name + said)) return undefined;
    lines.push([name, said]);
  }
  return lines;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
