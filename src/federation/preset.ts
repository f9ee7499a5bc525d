import type { S2sPolicy } from "../xmpp/s2s-policy.ts";

/** The part of a policy that depends on what software the partner runs. */
export type PresetValues = Pick<S2sPolicy, "tls" | "certificate" | "dialback" | "sm" | "multiplex">;

/** Values that suit one kind of server (A.1 to A.5); what an administrator writes beside a preset goes before it. */
export const presets = {
  /** Any current server: TLS always; a certificate that proves the domain is used, dialback proves it otherwise. */
  modern: { tls: "required", certificate: "encryption-only", dialback: "fallback", sm: true, multiplex: "both" },
  /** A.1: never had TLS between servers, nor features; many domains on the same addresses. */
  "google-talk": { tls: "none", certificate: "encryption-only", dialback: "always", sm: false, multiplex: "sender" },
  /** A.2: TLS when it can be had, to encrypt only; shows no usable certificate of its own. */
  "webex-connect": {
    tls: "optional",
    certificate: "encryption-only",
    dialback: "fallback",
    sm: false,
    multiplex: "sender",
  },
  /** A.3: over TLS it wants SASL EXTERNAL; without TLS write tls: none beside the preset. */
  "sametime-gateway": { tls: "required", certificate: "strict", dialback: "fallback", sm: false, multiplex: "none" },
  /** A.4, "TLS Optional": TLS is tried, dialback proves the domain. */
  "cisco-cup8": {
    tls: "optional",
    certificate: "encryption-only",
    dialback: "fallback",
    sm: false,
    multiplex: "sender",
  },
  "cisco-imp": {
    tls: "optional",
    certificate: "encryption-only",
    dialback: "fallback",
    sm: false,
    multiplex: "sender",
  },
  /** A.4: the border in front of them; TLS required, SASL EXTERNAL not known. */
  "cisco-expressway": {
    tls: "required",
    certificate: "encryption-only",
    dialback: "always",
    sm: false,
    multiplex: "sender",
  },
} as const satisfies Readonly<Record<string, PresetValues>>;

export type PresetName = keyof typeof presets;
