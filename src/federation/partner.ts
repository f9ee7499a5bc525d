import type { DomainName } from "../base/domain-name.ts";
import type { TlsVersion } from "../base/network.ts";
import type { StaticRoute } from "../dns/xmpp-targets.ts";
import type { S2sPolicy } from "../xmpp/s2s-policy.ts";
import { type PresetName, presets } from "./preset.ts";

/** All that holds for one foreign domain (A.7): what the stream machines need, and how its servers are reached. */
export type Policy = S2sPolicy & {
  readonly versionMin: TlsVersion;
  /** Where its servers are, in order; empty: DNS decides. */
  readonly route: readonly StaticRoute[];
};

/** One row an administrator wrote: whom it is for, and what differs from the policy for everybody. */
export type Partner = { readonly [K in keyof Policy]?: Policy[K] | undefined } & {
  /** Canonical: "theirs.example", "*.theirs.example" for every domain under it (not itself), or "*" for everybody. */
  readonly domain: string;
  readonly preset?: PresetName | undefined;
};

/** Who may be talked to and how; one look-up per link, not per stanza. */
export interface PartnerTable {
  policyFor(foreign: DomainName): Policy;
  /** Whether somebody configured the domain: a row of its own, or a "*." row over it. The policy for everybody is none. */
  rowFor(foreign: DomainName): "own" | "wide" | undefined;
}

/** The policy for everybody when nobody wrote one: open to all, TLS required, identity by certificate or dialback. */
export const openPolicy: Policy = {
  allowIn: true,
  allowOut: true,
  ...presets.modern,
  versionMin: "TLSv1.2",
  route: [],
};

/**
 * Makes the table. The closest row counts, alone: the domain itself, then the longest "*." suffix, then "*"; what it leaves
 * out comes from its preset, then from the row "*", then from `openPolicy`.
 */
export function partnerTable(partners: readonly Partner[]): PartnerTable {
  const everybody = partners.reduce((policy, row) => (row.domain === "*" ? filled(row, policy) : policy), openPolicy);
  const rows = new Map<string, Policy>();
  for (const row of partners) if (row.domain !== "*") rows.set(row.domain, filled(row, everybody));
  const wide = (foreign: DomainName): Policy | undefined => {
    for (let dot = foreign.indexOf("."); dot !== -1; dot = foreign.indexOf(".", dot + 1)) {
      const wider = rows.get(`*${foreign.slice(dot)}`);
      if (wider !== undefined) return wider;
    }
    return undefined;
  };
  return {
    policyFor: (foreign) => rows.get(foreign) ?? wide(foreign) ?? everybody,
    rowFor: (foreign) => (rows.has(foreign) ? "own" : wide(foreign) === undefined ? undefined : "wide"),
  };
}

function filled({ domain: _, preset, ...own }: Partner, rest: Policy): Policy {
  const written = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return { ...rest, ...(preset === undefined ? {} : presets[preset]), ...written };
}
