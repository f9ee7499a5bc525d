import { usualAbroad } from "../src/federation/abroad.ts";
import { partnerTable } from "../src/federation/partner.ts";
import { trustStore } from "../src/pki/trust-store.ts";
import type { Settings } from "../src/server/settings.ts";

/** What a node in a test or a simulated world runs with where nothing else is said: in the clear, open to everybody. */
export const usualSettings: Omit<Settings, "domains" | "listeners" | "limits"> = {
  partners: partnerTable([]),
  trust: trustStore([]),
  versionMin: "TLSv1.2",
  clientTlsRequired: false,
  federation: true,
  abroad: usualAbroad,
  scramIterations: 4096,
  digests: ["MD5", "SHA-256"],
  sip: {
    trunks: [],
    advertise: undefined,
    sentCopies: true,
    legacyTls: false,
    msrp: { host: undefined, port: undefined },
  },
  presence: {
    autoAuthorise: "none",
    registrationCounts: true,
    adHoc: { enabled: false, activeMax: 10_000, seconds: 1_800 },
    sharing: true,
    outOfOffice: "away",
    clientResources: { cupc: ["cupc"], jabber: ["jabber_"] },
  },
};
