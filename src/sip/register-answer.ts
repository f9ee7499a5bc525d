import type { StoredBinding } from "../base/store.ts";
import { instanceOf } from "./binding.ts";
import { publicGruu, temporaryGruu } from "./gruu.ts";
import { supportedOptions } from "./option-tags.ts";

/** What a 200 to REGISTER says. */
export type RegisterAnswerParts = {
  readonly now: number;
  /** In the order to tell them. */
  readonly bindings: readonly StoredBinding[];
  /** Path values to send back (RFC 3327 §5.3); undefined when the client does not know Path. */
  readonly path: readonly string[] | undefined;
  /** The client knows GRUUs: its address "sip:alice@ours.example" and the secret to make them with. */
  readonly gruu: { readonly aor: string; readonly secret: Uint8Array } | undefined;
  /** Outbound is used: seconds after which a silent flow is taken for dead (RFC 5626 §4.4). */
  readonly flowTimerSeconds: number | undefined;
};

/**
 * The header lines of a 200 to REGISTER (RFC 3261 §10.3 step 8): every binding in a line of its own with the seconds it has left,
 * always in its parameter "expires", since clients differ in what else they read (libpurple looks for "Expire"); and Date.
 * No Service-Route: requests come the way REGISTER came.
 */
export function answerLines(parts: RegisterAnswerParts): string {
  const { now, bindings, path, flowTimerSeconds } = parts;
  let lines = "";
  for (const binding of bindings) {
    const seconds = Math.max(0, Math.round((binding.expiresAt - now) / 1000));
    const gruus = parts.gruu === undefined ? "" : gruuParameters(binding, parts.gruu);
    lines += `Contact: <${binding.contact}>${binding.parameters}${gruus};expires=${seconds}\r\n`;
  }
  for (const value of path ?? []) lines += `Path: ${value}\r\n`;
  // RFC 5626 §6: outbound in Require says that it is used.
  if (flowTimerSeconds !== undefined) lines += `Require: outbound\r\nFlow-Timer: ${flowTimerSeconds}\r\n`;
  return lines + lastLines(Math.floor(now / 1_000));
}

let shown = { second: -1, lines: "" };

/** What is the same for all who ask within a second: written once. RFC 3261 §20.17: a date to the second. */
function lastLines(second: number): string {
  if (shown.second !== second) {
    const date = new Date(second * 1_000).toUTCString();
    shown = { second, lines: `Supported: ${supportedOptions}\r\nDate: ${date}\r\n` };
  }
  return shown.lines;
}

/** RFC 5627 §5.3: both kinds for every Contact that names its instance. */
function gruuParameters(binding: StoredBinding, { aor, secret }: NonNullable<RegisterAnswerParts["gruu"]>): string {
  const open = publicGruu(aor, instanceOf(binding));
  if (open === undefined) return "";
  const hidden = temporaryGruu(aor, binding, secret);
  return `;pub-gruu="${open}"${hidden === undefined ? "" : `;temp-gruu="${hidden}"`}`;
}
