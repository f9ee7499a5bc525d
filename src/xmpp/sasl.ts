import { type Address, addressFrom } from "../base/address.ts";
import { base64, fromBase64, utf8 } from "../base/bytes.ts";
import type { DomainName } from "../base/domain-name.ts";
import { type Fault, type FaultCode, fault, rowOf } from "../base/fault.ts";
import { type Step, step } from "../base/step.ts";
import type { Account, ScramKeys } from "../base/store.ts";
import { escapeXml } from "../xml/writer.ts";
import { parseJid } from "./jid.ts";
import { ns } from "./ns.ts";
import { bindingTypes, type ChannelBinding } from "./sasl-channel-binding.ts";
import { readPlain } from "./sasl-plain.ts";
import * as scram from "./scram.ts";
import { fakeKeys, isSalted, type ScramHash } from "./scram-keys.ts";

export type MechanismName = "SCRAM-SHA-256-PLUS" | "SCRAM-SHA-1-PLUS" | "SCRAM-SHA-256" | "SCRAM-SHA-1" | "PLAIN";

/** A way for people to sign in. */
type Mechanism = {
  readonly name: MechanismName;
  /** Undefined: the password itself is sent. */
  readonly hash: ScramHash | undefined;
  readonly plus: boolean;
  readonly needsTls: boolean;
};

/** Strongest first: the order they are offered in. */
const mechanisms: readonly Mechanism[] = [
  { name: "SCRAM-SHA-256-PLUS", hash: "SHA-256", plus: true, needsTls: true },
  { name: "SCRAM-SHA-1-PLUS", hash: "SHA-1", plus: true, needsTls: true },
  { name: "SCRAM-SHA-256", hash: "SHA-256", plus: false, needsTls: false },
  { name: "SCRAM-SHA-1", hash: "SHA-1", plus: false, needsTls: false },
  { name: "PLAIN", hash: undefined, plus: false, needsTls: true },
];

export const allMechanisms: readonly MechanismName[] = mechanisms.map(({ name }) => name);

/** What can be offered on a stream of those that policy allows: -PLUS with something to bind to, PLAIN under TLS alone. */
export function offeredMechanisms(
  allowed: readonly MechanismName[],
  secure: boolean,
  binding: ChannelBinding,
): readonly MechanismName[] {
  const bindable = bindingTypes(binding).length > 0;
  return mechanisms
    .filter(({ name, plus, needsTls }) => allowed.includes(name) && (secure || !needsTls) && (bindable || !plus))
    .map(({ name }) => name);
}

/** One sign-in after another on one stream, the server's side (RFC 6120 §6.4). */
export type State =
  | { readonly at: "idle" }
  /** No initial response came: an empty challenge is out (RFC 6120 §6.4.2). */
  | { readonly at: "asked"; readonly mechanism: Mechanism; readonly nonce: string }
  | {
      readonly at: "scram";
      readonly mechanism: Mechanism;
      readonly nonce: string;
      readonly scram: scram.State;
      readonly address: Address | undefined;
    }
  | { readonly at: "plain"; readonly address: Address; readonly password: string }
  | { readonly at: "deriving"; readonly address: Address; readonly keys: ScramKeys; readonly known: boolean };

export type Event =
  /** `nonce`: random printable ASCII without a comma, fresh for each <auth/>. */
  | { readonly kind: "auth"; readonly mechanism: string; readonly data: string; readonly nonce: string }
  | { readonly kind: "response"; readonly data: string }
  | { readonly kind: "abort" }
  | { readonly kind: "account"; readonly account: Account | undefined }
  | { readonly kind: "derived"; readonly salted: Uint8Array }
  /** What was asked for could not be had. */
  | { readonly kind: "failed"; readonly fault: Fault };

export type Effect =
  | { readonly kind: "send"; readonly text: string }
  | { readonly kind: "find-account"; readonly address: string }
  | {
      readonly kind: "derive";
      readonly password: string;
      readonly salt: Uint8Array;
      readonly iterations: number;
      readonly hash: ScramHash;
    }
  /** Its <success/> has been sent. */
  | { readonly kind: "signed-in"; readonly address: Address; readonly mechanism: MechanismName }
  /** Its <failure/> has been sent. `address` is "" when none was named. */
  | { readonly kind: "sign-in-failed"; readonly fault: Fault; readonly mechanism: string; readonly address: string };

/** What the stream knows; the same for all events of one exchange. */
export type Terms = {
  readonly domain: DomainName;
  readonly secure: boolean;
  /** TLS is required before any sign-in. */
  readonly tlsFirst: boolean;
  readonly offered: readonly MechanismName[];
  readonly binding: ChannelBinding;
  /**
   * On this connection a -PLUS mechanism was tried with a kind of binding there is none of here. Some clients (slixmpp 1.8
   * knows only tls-unique, which TLS 1.3 has not) then go on without, still saying "y": they have seen -PLUS, so nobody has
   * hidden it from them, and RFC 5802 §6's alarm would be false.
   */
  readonly plusTried: boolean;
  /** The secret that nobody's salt is made from. */
  readonly fakeSecret: Uint8Array;
  /** Rounds told to those who have no account. */
  readonly iterations: number;
};

export const begin: State = { at: "idle" };

/** Whether an answer from outside is awaited; until it comes, no element may be given. */
export function waits(state: State): boolean {
  return state.at === "plain" || state.at === "deriving" || (state.at === "scram" && state.scram.at === "account");
}

export function on(state: State, event: Event, terms: Terms): Step<State, Effect> {
  switch (event.kind) {
    case "auth":
      return state.at === "idle" ? auth(event, terms) : refused(state, "sasl-malformed", "<auth/> within an exchange");
    case "response":
      return response(state, event.data, terms);
    case "abort": // RFC 6120 §6.4.4
      return refused(state, "sasl-aborted");
    case "account":
      return account(state, event.account, terms);
    case "derived":
      return state.at === "deriving" ? derived(state, event.salted) : step(state);
    case "failed":
      return waits(state) ? failed(event.fault, nameOf(state), addressOf(state)) : step(state);
  }
}

function auth(event: Event & { readonly kind: "auth" }, terms: Terms): Step<State, Effect> {
  const mechanism = mechanisms.find(({ name }) => name === event.mechanism);
  if (mechanism === undefined || !terms.offered.includes(mechanism.name)) {
    // RFC 6120 §6.5.4, §6.5.7: the first when TLS would help.
    const wantsTls = mechanism?.needsTls === true || (mechanism !== undefined && terms.tlsFirst);
    const code = wantsTls && !terms.secure ? "tls-required" : "sasl-invalid-mechanism";
    return failed(fault(code), mechanism?.name ?? "unknown", "");
  }
  const asked: State = { at: "asked", mechanism, nonce: event.nonce };
  if (event.data.trim() === "") return step(asked, { kind: "send", text: `<challenge xmlns='${ns.sasl}'/>` });
  return response(asked, event.data, terms);
}

function response(state: State, data: string, terms: Terms): Step<State, Effect> {
  if (state.at !== "asked" && state.at !== "scram") return refused(state, "sasl-malformed", "<response/> out of place");
  const text = data.trim();
  // RFC 6120 §6.4.2: "=" is how nothing is written.
  const bytes = text === "=" ? utf8("") : fromBase64(text);
  if (bytes === undefined) return refused(state, "sasl-incorrect-encoding");
  const message = utf8Text(bytes);
  if (message === undefined) return refused(state, "sasl-malformed", "not UTF-8");
  if (state.at === "scram") return ofScram(state, { kind: "message", text: message }, terms);
  const { mechanism, nonce } = state;
  if (mechanism.hash === undefined) return plain(state, message, terms);
  return ofScram(
    { at: "scram", mechanism, nonce, scram: scram.begin, address: undefined },
    { kind: "message", text: message },
    terms,
  );
}

function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** One event for SCRAM, and its effects in ours. */
function ofScram(state: State & { readonly at: "scram" }, event: scram.Event, terms: Terms): Step<State, Effect> {
  const { hash = "SHA-256", plus, name } = state.mechanism;
  const { binding, offered } = terms;
  const plusOffered = !terms.plusTried && mechanisms.some((each) => each.plus && offered.includes(each.name));
  const { next, effects } = scram.on(state.scram, event, {
    hash,
    plus,
    plusOffered,
    binding,
    nonce: state.nonce,
    offered,
  });
  const [effect] = effects;
  const now: State = { ...state, scram: next };
  switch (effect?.kind) {
    case undefined:
      return step(now);
    case "find": {
      const address = personOf(effect.name, effect.authzid, terms.domain);
      if ("code" in address) return failed(address, name, "");
      return step({ ...now, address }, { kind: "find-account", address: address.text });
    }
    case "challenge":
      return step(now, { kind: "send", text: element("challenge", effect.text) });
    case "refuse":
      return failed(effect.fault, name, state.address?.text ?? "");
    case "accept":
      return state.address === undefined
        ? refused(state, "internal-error")
        : signedIn(state.address, name, effect.text);
  }
}

/** RFC 4616: the password itself. It is judged by the keys, for they are all that is kept. */
function plain(state: State, message: string, terms: Terms): Step<State, Effect> {
  const said = readPlain(message);
  if (!said.ok) return failed(said.fault, "PLAIN", "");
  const { name, authzid, password } = said.value;
  const address = personOf(name, authzid, terms.domain);
  if ("code" in address) return failed(address, nameOf(state), "");
  return step({ at: "plain", address, password }, { kind: "find-account", address: address.text });
}

/**
 * The person a user name and an authorization identity stand for (RFC 6120 §6.3.7, §6.3.8): the name is the local part, and
 * nobody signs in for somebody else. A name that cannot be one fails as a wrong password does.
 */
function personOf(name: string, authzid: string, domain: DomainName): Address | Fault {
  const address = addressFrom(name, domain);
  if (!address.ok) return fault("sasl-not-authorized");
  if (authzid === "") return address.value;
  const wanted = parseJid(authzid);
  const same = wanted.ok && wanted.value.full === address.value.text;
  return same ? address.value : fault("sasl-invalid-authzid");
}

function account(state: State, found: Account | undefined, terms: Terms): Step<State, Effect> {
  if ((state.at !== "scram" && state.at !== "plain") || state.address === undefined) return step(state);
  const { address } = state;
  // PLAIN is judged by the strongest keys there are, SCRAM by those of its own hash.
  const hash = state.at === "scram" ? state.mechanism.hash : found?.keys.some(isSha256) === false ? "SHA-1" : "SHA-256";
  // Nobody's keys are made for everybody, so that it takes the same time.
  const nobodys = fakeKeys(hash ?? "SHA-256", address.text, terms.fakeSecret, terms.iterations);
  const keys = found?.keys.find((each) => each.hash === hash);
  const about = { keys: keys ?? nobodys, known: keys !== undefined };
  if (state.at === "scram") return ofScram(state, { kind: "keys", ...about }, terms);
  const { salt, iterations } = about.keys;
  return step(
    { at: "deriving", address, ...about },
    { kind: "derive", password: state.password, salt, iterations, hash: about.keys.hash },
  );
}

function isSha256(keys: ScramKeys): boolean {
  return keys.hash === "SHA-256";
}

function derived(state: State & { readonly at: "deriving" }, salted: Uint8Array): Step<State, Effect> {
  const right = isSalted(state.keys, salted);
  return right && state.known ? signedIn(state.address, "PLAIN") : refused(state, "sasl-not-authorized");
}

function signedIn(address: Address, mechanism: MechanismName, data?: string): Step<State, Effect> {
  return step(
    { at: "idle" },
    { kind: "send", text: element("success", data ?? "") },
    { kind: "signed-in", address, mechanism },
  );
}

/** <challenge/> or <success/> with its data (RFC 6120 §6.4.2, §6.4.6). */
function element(name: "challenge" | "success", data: string): string {
  return data === "" ? `<${name} xmlns='${ns.sasl}'/>` : `<${name} xmlns='${ns.sasl}'>${base64(utf8(data))}</${name}>`;
}

function nameOf(state: State): string {
  if (state.at === "idle") return "unknown";
  return state.at === "asked" || state.at === "scram" ? state.mechanism.name : "PLAIN";
}

function addressOf(state: State): string {
  return state.at === "idle" || state.at === "asked" ? "" : (state.address?.text ?? "");
}

function refused(state: State, code: FaultCode, detail = ""): Step<State, Effect> {
  return failed(fault(code, detail), nameOf(state), addressOf(state));
}

function failed(why: Fault, mechanism: string, address: string): Step<State, Effect> {
  return step(
    { at: "idle" },
    { kind: "send", text: failureText(why) },
    { kind: "sign-in-failed", fault: why, mechanism, address },
  );
}

/**
 * <failure/> by the fault table (RFC 6120 §6.5). The user's words, never the detail: it would tell a guesser more than the
 * condition does.
 */
export function failureText({ code }: Fault): string {
  const { sasl = "temporary-auth-failure", user } = rowOf(code);
  return `<failure xmlns='${ns.sasl}'><${sasl}/><text xml:lang='en'>${escapeXml(user)}</text></failure>`;
}
