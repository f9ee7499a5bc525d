import { base64, fromBase64, utf8 } from "../base/bytes.ts";
import { type Fault, type FaultCode, fault } from "../base/fault.ts";
import { type Step, step } from "../base/step.ts";
import type { ScramKeys } from "../base/store.ts";
import { bindingTypes, type ChannelBinding, isBindingType } from "./sasl-channel-binding.ts";
import { hashOf, isProof, type ScramHash, serverSignature } from "./scram-keys.ts";

/** SCRAM, the server's side (RFC 5802, RFC 7677). Messages are text, not yet or no longer in Base64. */
export type State =
  | { readonly at: "first" }
  | { readonly at: "account"; readonly first: First }
  | {
      readonly at: "final";
      readonly first: First;
      readonly sent: string;
      readonly keys: ScramKeys;
      readonly known: boolean;
    }
  | { readonly at: "done" };

export type Event =
  | { readonly kind: "message"; readonly text: string }
  /** Somebody's keys, or those of nobody (`fakeKeys`) with `known` false. */
  | { readonly kind: "keys"; readonly keys: ScramKeys; readonly known: boolean };

export type Effect =
  /** Ask for the keys of this name; authzid is "" when none was asked for. */
  | { readonly kind: "find"; readonly name: string; readonly authzid: string }
  | { readonly kind: "challenge"; readonly text: string }
  | { readonly kind: "accept"; readonly text: string }
  | { readonly kind: "refuse"; readonly fault: Fault };

/** What one exchange is about; the same for all its events. */
export type Terms = {
  readonly hash: ScramHash;
  /** It is the -PLUS mechanism. */
  readonly plus: boolean;
  /** The -PLUS mechanism was offered, whether it is used or not. */
  readonly plusOffered: boolean;
  readonly binding: ChannelBinding;
  /** Our half of the nonce: random, printable ASCII without a comma. */
  readonly nonce: string;
  /** All mechanisms offered, for the client to compare (XEP-0474). */
  readonly offered: readonly string[];
};

/** What the client's first message said. */
type First = {
  /** Its GS2 header, as sent. */
  readonly header: string;
  /** The rest of it, as sent. */
  readonly bare: string;
  readonly nonce: string;
  /** What the header must be followed by in `c=`: nothing, or the channel's value. */
  readonly binding: Uint8Array;
};

export const begin: State = { at: "first" };

// RFC 5802 §7: gs2-header, then client-first-message-bare; "m=" is refused, for no extension is mandatory here.
const firstForm =
  /^((?:n|y|p=([A-Za-z0-9.-]+)),(?:a=([^,\0]+))?,)(n=([^,\0]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]=[^,\0]+)*)$/;
const finalForm = /^(c=([A-Za-z0-9+/=]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]=[^,\0]+)*?),p=([A-Za-z0-9+/=]+)$/;

export function on(state: State, event: Event, terms: Terms): Step<State, Effect> {
  switch (state.at) {
    case "first":
      return event.kind === "message" ? first(event.text, terms) : step(state);
    case "account":
      return event.kind === "keys" ? challenge(state.first, event, terms) : refuse("sasl-malformed");
    case "final":
      return event.kind === "message" ? final(state, event.text) : step(state);
    case "done":
      return step(state);
  }
}

function refuse(code: FaultCode, detail = ""): Step<State, Effect> {
  return step({ at: "done" }, { kind: "refuse", fault: fault(code, detail) });
}

function first(text: string, terms: Terms): Step<State, Effect> {
  const [, header = "", type, authzid = "", bare = "", name = "", nonce = ""] = firstForm.exec(text) ?? [];
  const saslName = unescaped(name);
  const actAs = unescaped(authzid);
  if (header === "" || saslName === undefined || actAs === undefined) return refuse("sasl-malformed", "first message");
  let binding: Uint8Array = new Uint8Array();
  if (terms.plus) {
    // RFC 5802 §6: -PLUS means p=, of a type that we have a value for.
    const value = type !== undefined && isBindingType(type) ? terms.binding[type] : undefined;
    if (type === undefined) return refuse("sasl-malformed", "no channel binding");
    if (value === undefined) return refuse("sasl-channel-binding", `type ${type}`);
    binding = value;
  } else {
    if (type !== undefined) return refuse("sasl-malformed", "channel binding without -PLUS");
    // RFC 5802 §6: y says "I could, but you cannot"; if we can, somebody took our offer out of the list.
    if (header.startsWith("y") && terms.plusOffered) return refuse("sasl-channel-binding", "downgraded");
  }
  const next = { header, bare, nonce: nonce + terms.nonce, binding };
  return step({ at: "account", first: next }, { kind: "find", name: saslName, authzid: actAs });
}

/** RFC 5802 §5.1: "," and "=" come as =2C and =3D, and "=" in no other way. */
function unescaped(text: string): string | undefined {
  if (/=(?!2C|3D)/.test(text)) return undefined;
  return text.replaceAll("=2C", ",").replaceAll("=3D", "=");
}

function challenge(first: First, found: Event & { readonly kind: "keys" }, terms: Terms): Step<State, Effect> {
  const { keys, known } = found;
  const sent = `r=${first.nonce},s=${base64(keys.salt)},i=${keys.iterations},h=${offerHash(terms)}`;
  return step({ at: "final", first, sent, keys, known }, { kind: "challenge", text: sent });
}

/** XEP-0474 §5.1: what we offered, so that a client sees whether it saw all of it. */
function offerHash({ hash, offered, binding }: Terms): string {
  const types = [...bindingTypes(binding)].sort();
  const list = [...offered].sort().join("\x1e") + (types.length === 0 ? "" : `\x1f${types.join("\x1e")}`);
  return base64(hashOf(hash, list));
}

function final(state: State & { readonly at: "final" }, text: string): Step<State, Effect> {
  const { first, sent, keys, known } = state;
  const [, withoutProof = "", channel = "", nonce, proofText = ""] = finalForm.exec(text) ?? [];
  const proof = fromBase64(proofText);
  if (withoutProof === "" || proof === undefined) return refuse("sasl-malformed", "final message");
  // RFC 5802 §5.1: the nonce is the one of our challenge.
  if (nonce !== first.nonce) return refuse("sasl-not-authorized", "nonce");
  // RFC 5802 §6: the client saw the same channel, and its first header arrived unchanged.
  if (channel !== base64(Buffer.concat([utf8(first.header), first.binding]))) return refuse("sasl-channel-binding");
  const exchange = `${first.bare},${sent},${withoutProof}`;
  const proved = isProof(keys, exchange, proof);
  if (!proved || !known) return refuse("sasl-not-authorized");
  return step({ at: "done" }, { kind: "accept", text: `v=${base64(serverSignature(keys, exchange))}` });
}
