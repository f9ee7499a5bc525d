/** RFC 6665 §4.1.3: why a notifier ends a subscription. */
export type EndReason = "deactivated" | "probation" | "rejected" | "timeout" | "giveup" | "noresource" | "invariant";

const reasons: readonly EndReason[] = [
  "deactivated",
  "probation",
  "rejected",
  "timeout",
  "giveup",
  "noresource",
  "invariant",
];

/** A Subscription-State header (RFC 6665 §8.2.3), once read. `seconds` and `retryAfter` are undefined when not said. */
export type SubscriptionState =
  | { readonly at: "active" | "pending"; readonly seconds: number | undefined }
  | {
      readonly at: "terminated";
      /** Undefined: none, or one nobody knows. */
      readonly reason: EndReason | undefined;
      readonly retryAfter: number | undefined;
    };

/**
 * The header's value for a subscription that goes on: exactly "active;expires=N", for libpurple splits it where it likes
 * (6.2).
 */
export function ongoingText(at: "active" | "pending", seconds: number): string {
  if (lastOngoing.seconds !== seconds || lastOngoing.at !== at) {
    lastOngoing = { at, seconds, text: `${at};expires=${seconds}` };
  }
  return lastOngoing.text;
}

/** Many are told at once, and have subscribed for as long. */
let lastOngoing = { at: "active", seconds: 0, text: "active;expires=0" };

/** The value for one that ends: exactly "terminated;reason=x", with retry-after where the reason allows it (§4.1.3). */
export function terminatedText(reason: EndReason, retryAfter?: number): string {
  const later = retryAfter !== undefined && (reason === "probation" || reason === "giveup");
  return `terminated;reason=${reason}${later ? `;retry-after=${retryAfter}` : ""}`;
}

/**
 * Reads a Subscription-State header. A state nobody knows counts as pending, for then nothing can be said of the other side
 * (RFC 6665 §8.2.3 lets extensions be); a header that is missing or empty is undefined.
 */
export function parseSubscriptionState(text: string | undefined): SubscriptionState | undefined {
  const [state = "", ...parameters] = (text ?? "").split(";").map((part) => part.trim());
  if (state === "") return undefined;
  const values = new Map<string, string>();
  for (const parameter of parameters) {
    const [name = "", value = ""] = parameter.split("=", 2).map((part) => part.trim());
    values.set(name.toLowerCase(), value);
  }
  if (state.toLowerCase() === "terminated") {
    const said = values.get("reason")?.toLowerCase();
    return {
      at: "terminated",
      reason: reasons.find((each) => each === said),
      retryAfter: secondsOf(values.get("retry-after")),
    };
  }
  const at = state.toLowerCase() === "active" ? "active" : "pending";
  return { at, seconds: secondsOf(values.get("expires")) };
}

/** A delta-seconds value (RFC 3261 §20.19): up to 2^32 - 1, more counts as that; undefined when it is none. */
export function secondsOf(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]+$/.test(text) ? Math.min(Number(text), 0xffff_ffff) : undefined;
}
