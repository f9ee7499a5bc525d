/** What a partner must prove and how: the part of the policy that presets fill in. */
export type Security = {
  readonly tls: "none" | "optional" | "required";
  readonly certificate: "strict" | "encryption-only";
  readonly dialback: "never" | "fallback" | "always";
};

/** Sets of values that suit one kind of server; a partner's own keys go before them. */
export const presets = {
  /** Any current server: TLS always; a certificate that proves the domain is used, dialback proves it otherwise. */
  modern: { tls: "required", certificate: "encryption-only", dialback: "fallback" },
  /** Never had TLS between servers, nor SASL: dialback alone. */
  "google-talk": { tls: "none", certificate: "encryption-only", dialback: "always" },
  /** TLS when it can be had; shows no usable certificate of its own. */
  "webex-connect": { tls: "optional", certificate: "encryption-only", dialback: "fallback" },
  /** Over TLS it wants SASL EXTERNAL; without TLS write tls: none beside the preset. */
  "sametime-gateway": { tls: "required", certificate: "strict", dialback: "fallback" },
  /** "TLS Optional" of the guides: TLS is tried, dialback proves the domain. */
  "cisco-cup8": { tls: "optional", certificate: "encryption-only", dialback: "fallback" },
  "cisco-imp": { tls: "optional", certificate: "encryption-only", dialback: "fallback" },
  /** The border in front of them: TLS required, SASL EXTERNAL not known. */
  "cisco-expressway": { tls: "required", certificate: "encryption-only", dialback: "always" },
} as const satisfies Readonly<Record<string, Security>>;

export type PresetName = keyof typeof presets;
