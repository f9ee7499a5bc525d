import type { FaultRows } from "./row.ts";

/** What the store can answer instead of a value. */
export const storeFaults = {
  "account-exists": {
    user: "That address is in use already.",
    advice: "Choose another address, or change its password with `comity user passwd`.",
    cite: "comity user add",
  },
  "account-unknown": {
    user: "There is no such account.",
    advice: "`comity user list` shows the accounts.",
    cite: "comity user",
  },
  "domain-not-local": {
    user: "That domain is not served here.",
    advice: "`comity domain list` shows the domains; they stand in comity.yaml.",
    cite: "comity user add",
  },
  "password-unacceptable": {
    user: "That password cannot be used.",
    advice: "It is empty, too long, or has characters that cannot be typed alike everywhere (RFC 8265).",
    cite: "RFC 8265 §4",
  },
  "store-unavailable": {
    stanza: ["internal-server-error", "wait"],
    sasl: "temporary-auth-failure",
    sip: 500,
    user: "The server's storage is not available.",
    advice: "The database file or server cannot be opened or written; check disk space, permissions and the log.",
    cite: "store",
  },
  "store-locked": {
    user: "Another node uses this data folder.",
    advice: "Stop the other `comity serve` or give this one its own --home.",
    cite: "store",
  },
} as const satisfies FaultRows;
