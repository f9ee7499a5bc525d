import type { Quirks } from "./quirk.ts";

/** Whom a stand-in plays. Everything that differs between partners is here, and nothing of it in a branch elsewhere. */
export type Profile = {
  /** Header User-Agent of its clients, Server of its responses. */
  readonly userAgent: string;
  readonly server: string;
  /** TLS 1.0 and its ciphers are spoken, too. */
  readonly legacyTls: boolean;
  /** The other side's certificate must be fit for a client as well (T-3). */
  readonly needsClientPurpose: boolean;
  /** Connections of its own to the other side, at most 4. */
  readonly connections: number;
  /** Signed Record-Route, Vias of the servers behind the edge, epid, GRUU, ms-diagnostics. */
  readonly microsoft: boolean;
  /** Somebody who does not exist: told so, or shown as offline for ever. */
  readonly unknownUser: "not-found" | "offline";
  readonly contact: "maddr" | "gruu" | "plain";
  /** Seconds a subscription lasts at most. */
  readonly expiresMost: number;
  /** What stands behind "m=". */
  readonly media: "message" | "x-ms-message" | "msrp";
  /** MESSAGE outside a session is taken (RFC 3428). */
  readonly takesPages: boolean;
  /** Prefix and form of RPID activities in its presence documents. */
  readonly activities: "es-text" | "ep-text" | "none";
  readonly displayName: boolean;
  /** What is answered to more than two people in a conversation. */
  readonly multiparty: 420 | 488;
  readonly acceptTypes: string;
  readonly quirks: Partial<Quirks>;
  /** Quirks that a restart switches on. */
  readonly afterRestart: Partial<Quirks>;
};

const office: Profile = {
  userAgent: "UCCAPI/4.0.7577.314 OC/4.0.7577.314 (Microsoft Lync 2010)",
  server: "RTC/4.0",
  legacyTls: false,
  needsClientPurpose: false,
  connections: 4,
  microsoft: true,
  unknownUser: "not-found",
  contact: "gruu",
  expiresMost: 28_800,
  media: "message",
  takesPages: false,
  activities: "ep-text",
  displayName: true,
  multiparty: 420,
  acceptTypes:
    "text/plain text/html image/gif multipart/alternative application/im-iscomposing+xml application/ms-imdn+xml text/x-msmsgsinvite",
  quirks: {
    "odd-order": 1,
    "upper-case": 1,
    negotiate: 1,
    "keep-alive": 30,
    spread: 1,
    "first-text-in-invite": 1,
    "idle-bye": 600,
    throttle: 20,
  },
  afterRestart: {},
};

/** The partners that can be played (sip-wire 1.4, 5, 8.6). */
export const profiles = {
  ocs2007: {
    ...office,
    userAgent: "UCCAPI/2.0.6362.97 OC/2.0.6362.97 (Microsoft Office Communicator)",
    server: "RTC/3.0",
    legacyTls: true,
    contact: "maddr",
    media: "x-ms-message",
    activities: "es-text",
    quirks: { ...office.quirks, "via-without-branch": 1, "state-in-200": 1 },
  },
  ocs2007r2: {
    ...office,
    userAgent: "UCCAPI/3.5.6907.0 OC/3.5.6907.0 (Microsoft Office Communicator 2007 R2)",
    server: "RTC/3.5",
    legacyTls: true,
    quirks: { ...office.quirks, "state-in-200": 1 },
  },
  lync2010: office,
  sfb2019: {
    ...office,
    userAgent: "UCCAPI/16.0.10361.20002 OC/16.0.10361.20002 (Skype for Business)",
    server: "RTC/7.0",
  },
  aol: {
    ...office,
    userAgent: "AOL SIP Access Gateway",
    server: "AOL SIP Access Gateway",
    needsClientPurpose: true,
    connections: 1,
    microsoft: false,
    unknownUser: "offline",
    contact: "plain",
    expiresMost: 3_600,
    activities: "ep-text",
    displayName: false,
    multiparty: 488,
    acceptTypes: "text/plain",
    quirks: { "no-event-in-200": 1, "notify-first": 1, "bare-entity": 1, "keep-alive": 30 },
    afterRestart: { "forgets-dialogs": 30 },
  },
  simple: {
    ...office,
    userAgent: "SIMPLE client",
    server: "SIMPLE server",
    connections: 1,
    microsoft: false,
    contact: "plain",
    expiresMost: 3_600,
    media: "msrp",
    takesPages: true,
    activities: "es-text",
    multiparty: 488,
    acceptTypes: "text/plain message/cpim application/im-iscomposing+xml",
    quirks: { "keep-alive": 30, "msrp-setup": 3, "msrp-chunk": 2_048 },
    afterRestart: {},
  },
} as const satisfies Readonly<Record<string, Profile>>;

export type ProfileName = keyof typeof profiles;

export function isProfile(name: string): name is ProfileName {
  return Object.hasOwn(profiles, name);
}
