import type { StoredBinding } from "../base/store.ts";
import { hasFlow } from "./binding.ts";
import { deltaSeconds, type SipMessage } from "./message.ts";
import { refusedOptions, supports } from "./option-tags.ts";
import { answerLines } from "./register-answer.ts";
import { expiresDefault, type RegisterFacts, type RegistrarLimits } from "./registrar.ts";

/** The binding as it is from now on, and the header lines of the 200. */
export type Renewal = { readonly binding: StoredBinding; readonly headers: string };

/**
 * What becomes of the only device of a person when its REGISTER says what is known of it already, word for word: nearly all do, a
 * device that is there says the same for hours (RFC 3261 §10.2.4). Then nothing of it needs to be read, nor what else there is to
 * be looked through, and the outcome is that of `register`. Undefined: it says something else, asks for too little, comes late, or
 * again, or is of a flow, whose rules (RFC 5626 §6) begin with what else the request says.
 */
export function renew(
  binding: StoredBinding,
  message: SipMessage,
  { now, via, aor, gruuSecret: secret }: RegisterFacts,
  { sipRegisterSecondsMin: min, sipRegisterSecondsMax: max }: RegistrarLimits,
): Renewal | undefined {
  if (binding.expiresAt <= now || refusedOptions(message) !== undefined) return undefined;
  const seconds = secondsAsked(binding, message, via);
  if (seconds === undefined || seconds <= 0 || seconds < min) return undefined;
  const cseq = message.cseq?.number ?? 0;
  const next = { ...binding, cseq, expiresAt: now + Math.min(seconds, max) * 1_000 };
  const gruu = supports(message, "gruu") ? { aor, secret } : undefined;
  const headers = answerLines({ now, bindings: [next], path: undefined, gruu, flowTimerSeconds: undefined });
  return { binding: next, headers };
}

/** For how long it asks; undefined where it is no renewal. */
function secondsAsked(binding: StoredBinding, message: SipMessage, via: string): number | undefined {
  if (binding.via !== via || binding.callId !== message.callId || hasFlow(binding) || binding.path.length > 0) {
    return undefined;
  }
  if ((message.cseq?.number ?? 0) <= binding.cseq) return undefined;
  const [contact = "", another] = message.headers("contact");
  const known = knownLength(binding, contact);
  if (another !== undefined || known === 0) return undefined;
  if (message.has("path") || (message.header("user-agent") ?? "") !== binding.userAgent) return undefined;
  if (contact.length === known) return message.expires ?? expiresDefault;
  return contact.startsWith(expires, known) ? deltaSeconds(contact.slice(known + expires.length)) : undefined;
}

/** How much of a Contact is what the binding says already, "<contact>parameters"; 0 when it does not begin so. */
function knownLength({ contact, parameters }: StoredBinding, value: string): number {
  const close = contact.length + 1;
  const begins =
    value.charCodeAt(0) === 0x3c &&
    value.startsWith(contact, 1) &&
    value.charCodeAt(close) === 0x3e &&
    value.startsWith(parameters, close + 1);
  return begins ? close + 1 + parameters.length : 0;
}

const expires = ";expires=";
