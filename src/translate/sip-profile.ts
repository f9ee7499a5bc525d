import type { Partner as Mapping } from "../presence/mapping-table.ts";

/** What kinds of network there are; the same names as an administrator writes (`federation/sip-partner.ts`). */
export type SipPartnerType = "ocs2007" | "ocs2007r2" | "lync2010" | "sfb2019" | "aol" | "simple";

/** Each text by itself (RFC 3428), inside the dialog that an INVITE makes (R15), or over MSRP (RFC 4975). */
export type SipMode = "page" | "session" | "msrp";

/** How one kind of SIP partner is spoken to: differences as data, not as branches (sip-wire 1 to 5). */
export type SipProfile = {
  /** Whose rows of the mapping tables count (MAP-1 to MAP-9). */
  readonly mapping: Mapping;
  readonly mode: SipMode;
  /** How typing is told. */
  readonly typing: "keyboard-activity" | "is-composing" | "none";
  /** Presence documents without anything newer than RFC 3863. */
  readonly strictPidf: boolean;
  /** Longest text of one message; longer ones are split (sip-wire 3.3). */
  readonly textCharactersMax: number;
  /** Seconds asked for in SUBSCRIBE. */
  readonly subscribeSeconds: number;
  /** Requests a second we send it at most, so that it does not take us for an attacker (PAR-07). */
  readonly requestsPerSecondMax: number;
  /** Connections we open to it at most, while much is under way (sip-wire 1.2). */
  readonly connectionsMax: number;
  /** Our final errors carry ms-diagnostics-public (R20). */
  readonly diagnostics: boolean;
  /** Who we are is told with an epid (R5). */
  readonly epid: boolean;
  /** Their dialogs may be called as XMPP calls the thread; else each has a Call-ID never used before. */
  readonly threads: boolean;
  readonly source: string;
};

const microsoft = {
  mode: "session",
  typing: "keyboard-activity",
  strictPidf: false,
  textCharactersMax: 8_000,
  subscribeSeconds: 3_600,
  requestsPerSecondMax: 15,
  connectionsMax: 4,
  diagnostics: true,
  epid: true,
  threads: false,
} as const;

export const sipProfiles: Readonly<Record<SipPartnerType, SipProfile>> = {
  ocs2007: { ...microsoft, mapping: "ocs", source: "sip-wire 1 to 4, MAP-1, MAP-2" },
  ocs2007r2: { ...microsoft, mapping: "ocs", source: "sip-wire 1 to 4, MAP-1, MAP-2" },
  lync2010: { ...microsoft, mapping: "lync", source: "sip-wire 1 to 4, MAP-1, MAP-2" },
  sfb2019: { ...microsoft, mapping: "lync", source: "sip-wire 1 to 4, MAP-1, MAP-2" },
  aol: {
    ...microsoft,
    mapping: "aol",
    typing: "none",
    strictPidf: true,
    textCharactersMax: 1_000,
    connectionsMax: 1,
    source: "sip-wire 5, MAP-9 (ours)",
  },
  simple: {
    mapping: "simple",
    mode: "page",
    typing: "is-composing",
    strictPidf: false,
    textCharactersMax: 60_000,
    subscribeSeconds: 3_600,
    requestsPerSecondMax: 200,
    connectionsMax: 1,
    diagnostics: false,
    epid: false,
    threads: true,
    source: "RFC 3428, RFC 3856",
  },
};

/** How texts go to a partner: as an administrator wrote it, else as its kind has it. */
export function modeOf({ mode, type }: { readonly mode?: SipMode; readonly type: SipPartnerType }): SipMode {
  return mode ?? sipProfiles[type].mode;
}
