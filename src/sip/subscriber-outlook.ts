import type { EndReason } from "./subscription-state.ts";

/** What becomes of our subscription after it failed or was ended. */
export type Outlook =
  /** A new SUBSCRIBE at once. */
  | { readonly kind: "anew" }
  /** A new SUBSCRIBE after that many seconds; undefined: as many as it is the turn of. */
  | { readonly kind: "rest"; readonly seconds: number | undefined }
  /** None before somebody here acts. */
  | { readonly kind: "stop"; readonly standing: "refused" | "gone" };

const hour = 3_600;

/** After a final answer of 300 or more to our SUBSCRIBE (2.2). `retryAfter` is in seconds and obeyed up to an hour. */
export function afterRefusal(status: number, retryAfter: number | undefined): Outlook {
  switch (status) {
    case 481: // the dialog was lost: edge restart, failover
      return { kind: "anew" };
    case 403:
    case 603:
    case 488: // SIPE marks the contact as rejected
      return { kind: "stop", standing: "refused" };
    case 400: // a wrong or foreign address
    case 404:
    case 405:
    case 489:
      return { kind: "rest", seconds: hour };
    default:
      return { kind: "rest", seconds: bounded(retryAfter) };
  }
}

/** After a NOTIFY with "terminated" (RFC 6665 §4.1.3). `retryAfter` is in seconds. */
export function afterEnd(reason: EndReason | undefined, retryAfter: number | undefined): Outlook {
  switch (reason) {
    case "deactivated":
    case "timeout":
      return { kind: "anew" };
    case "probation":
    case "giveup":
      return { kind: "rest", seconds: bounded(retryAfter) };
    case "rejected":
      return { kind: "stop", standing: "refused" };
    case "noresource":
    case "invariant": // nothing to be told that has not been
      return { kind: "stop", standing: "gone" };
    case undefined:
      return retryAfter === undefined ? { kind: "anew" } : { kind: "rest", seconds: bounded(retryAfter) };
  }
}

function bounded(retryAfter: number | undefined): number | undefined {
  return retryAfter === undefined ? undefined : Math.min(retryAfter, hour);
}
