import type {
  Account,
  DigestVerifier,
  RosterItem,
  ScramKeys,
  StoredBinding,
  StoredCalendar,
  StoredSubscription,
} from "../src/base/store.ts";

// What store-contract.ts keeps in stores: one of each kind, with something in every field that could get lost.

export const keys = (hash: ScramKeys["hash"], seed: number): ScramKeys => ({
  hash,
  iterations: 4096 + seed,
  salt: Uint8Array.of(seed, 1),
  storedKey: Uint8Array.of(seed, 2, 0),
  serverKey: Uint8Array.of(seed, 3, 255),
});

export const digest = (algorithm: DigestVerifier["algorithm"], seed: number): DigestVerifier => ({
  algorithm,
  username: `alice ${seed}`,
  realm: "ours.example",
  ha1: Uint8Array.of(seed, 4, 0, 255),
});

export const account = (address: string): Account => ({
  address,
  keys: [keys("SHA-256", 1), keys("SHA-1", 2)],
  digests: [digest("SHA-256", 1), digest("MD5", 2)],
  createdAt: 1_795_478_400_000,
});

export const item = (contact: string, changes: Partial<RosterItem> = {}): RosterItem => ({
  contact,
  name: undefined,
  groups: [],
  subscription: "none",
  ask: false,
  pendingIn: false,
  approved: false,
  request: undefined,
  ...changes,
});

export const binding = (key: string, changes: Partial<StoredBinding> = {}): StoredBinding => ({
  key,
  contact: "sip:alice@192.0.2.7:5062;transport=udp",
  parameters: ';methods="MESSAGE, NOTIFY";q=0.5',
  path: ["<sip:edge1.ours.example;lr>", "<sip:edge2.ours.example;lr>"],
  via: "udp 192.0.2.7:5062",
  callId: "a84b4c76e66710",
  cseq: 2 ** 31 - 1,
  userAgent: "Tüte/1.0",
  registeredAt: 1_795_478_400_000,
  expiresAt: 1_795_482_000_000,
  ...changes,
});

export const subscription = (key: string, changes: Partial<StoredSubscription> = {}): StoredSubscription => ({
  key,
  local: "alice@ours.example",
  foreign: "m1@contoso.example",
  state: '{"dialog":{"callId":"a84b4c76e66710","local":"\\"Älice\\" <sip:alice@ours.example>;tag=1"}}',
  expiresAt: 1_795_482_000_000,
  ...changes,
});

export const alice = "alice@ours.example";
export const bob = "bob@ours.example";

export const calendar = (state: string, note = ""): StoredCalendar => ({
  state,
  note,
  since: 1_795_478_400_000,
  until: 1_795_482_000_000,
});
