import { z } from "zod";
import { type AbroadRules, usualAbroad } from "../federation/abroad.ts";
import type { Partner } from "../federation/partner.ts";
import { type PresetName, presets } from "../federation/preset.ts";
import { canonicalDomain, isDomainName } from "./domain-schema.ts";
import { parseHostPort } from "./endpoint.ts";

const allow = z.boolean().meta({ description: "false refuses the domain, both ways." });
const tls = z.enum(["none", "optional", "required"]).meta({
  description: "none: never encrypt. optional: encrypt when the other side can. required: no TLS, no link.",
});
const certificate = z.enum(["strict", "encryption-only"]).meta({
  description:
    "strict: the other server's certificate must be valid, trusted and carry the domain. encryption-only: any certificate will do for encryption; identity is proved by it if it can, else by dialback.",
});
const dialback = z.enum(["never", "fallback", "always"]).meta({
  description:
    "Proof by asking the domain's own server (XEP-0220). never: only certificates prove a domain. fallback: when the certificate does not. always: even when the certificate does (SASL EXTERNAL is not used).",
});

const versionMin = z.enum(["TLSv1.2", "TLSv1.3"]).meta({ description: "The oldest TLS version for links." });

const pattern = z
  .string()
  .refine((text) => isDomainName(text.startsWith("*.") ? text.slice(2) : text), {
    error: "is not a domain or *.domain (what holds for everybody stands under federation.policy)",
  })
  .meta({
    description:
      "The partner's domain. *.theirs.example is every domain under theirs.example; the closest match counts.",
    examples: ["theirs.example"],
  });

const route = z
  .string()
  .refine((text) => parseHostPort(text, 5269) !== undefined, { error: "is not host:port" })
  .meta({ examples: ["192.0.2.7:5269"] });

const partner = z.strictObject({
  domain: pattern,
  preset: z
    .enum(Object.keys(presets) as PresetName[])
    .optional()
    .meta({
      description:
        "Values for tls, certificate and dialback that suit one kind of server. Keys written beside it go before it.",
      examples: ["modern"],
    }),
  allow: allow.optional(),
  direction: z.enum(["both", "in", "out"]).default("both").meta({
    description: "Who may open links: both sides, only the partner (in), only this node (out).",
  }),
  tls: tls.optional(),
  certificate: certificate.optional(),
  dialback: dialback.optional(),
  versionMin: versionMin.optional(),
  route: z
    .array(route)
    .optional()
    .meta({
      description: "Where the partner's servers are, in order, instead of asking DNS: host:port or address:port.",
      examples: [["192.0.2.7:5269"]],
    }),
});

export type FederationConfig = {
  readonly enabled: boolean;
  /** The general policy first, as the row "*", then the partners as they stand in the file. */
  readonly partners: readonly Partner[];
  readonly abroad: AbroadRules;
};

const policy = z
  .strictObject({
    allow: allow.default(true).meta({
      description:
        "true: open to every domain except partners with allow: false. false: closed to all but those with allow: true.",
    }),
    tls: tls.default("required"),
    certificate: certificate.default("encryption-only"),
    dialback: dialback.default("fallback"),
    versionMin: versionMin.default("TLSv1.2"),
  })
  .prefault({})
  .meta({ description: "What holds for domains without a row under partners, and for what a row leaves out." });

const partners = z
  .array(partner)
  .superRefine((list, context) => {
    const seen = new Set<string>();
    for (const [at, { domain }] of list.entries()) {
      const name = canonicalPattern(domain);
      if (seen.has(name))
        context.addIssue({
          code: "custom",
          path: [at],
          message: `names ${name} a second time`,
          params: { instead: "Keep one." },
        });
      seen.add(name);
    }
  })
  .default([])
  .meta({
    description: "Foreign domains with rules of their own.",
    examples: [[{ domain: "theirs.example", route: ["192.0.2.7:5269"], tls: "optional" }]],
  });

const open = z
  .strictObject({
    sip: z.boolean().default(usualAbroad.openSip).meta({
      description:
        "true: a domain nobody configured is reached over SIP when its DNS names SIP servers and no XMPP servers, and is let in over SIP when its certificate proves it. false: over SIP, only partners (`comity partner add`).",
    }),
    prefer: z.enum(["xmpp", "sip"]).default(usualAbroad.prefer).meta({
      description: "What is spoken with a domain whose DNS names both; it is never spoken to in both.",
    }),
  })
  .prefault({})
  .meta({ description: "Domains nobody configured, where policy.allow lets them in." });

const aolDomain = z
  .string()
  .refine(isDomainName, { error: "is not a domain name" })
  .default(usualAbroad.aolDomain)
  .meta({
    description:
      "The domain of AOL's gateway: where the servers of SIP partners of type aol are looked for when their own domain names none.",
  });

const emailAddresses = z.boolean().default(usualAbroad.emailAddresses).meta({
  description:
    "true: people here are known to other domains by their email addresses (`comity user email`), over XMPP and SIP alike, and by nothing else. Turn it on before people add contacts elsewhere: those they have know them by the other address.",
});

export const federation = z
  .strictObject({
    enabled: z.boolean().default(true).meta({ description: "false: no messages to or from other domains at all." }),
    policy,
    partners,
    open,
    aolDomain,
    emailAddresses,
  })
  .prefault({})
  .transform(
    ({ enabled, policy: { allow, ...everybody }, partners: rows, open: unknown, ...rest }): FederationConfig => ({
      enabled,
      partners: [{ domain: "*", ...everybody, allowIn: allow, allowOut: allow }, ...rows.map(partnerFrom)],
      abroad: {
        aolDomain: canonicalDomain(rest.aolDomain),
        openSip: unknown.sip,
        prefer: unknown.prefer,
        emailAddresses: rest.emailAddresses,
      },
    }),
  )
  .meta({ description: "Messages and presence to and from other domains." });

function partnerFrom({
  domain: written,
  allow: said,
  direction,
  route: places,
  ...row
}: z.output<typeof partner>): Partner {
  // A row that says nothing else is there to let the domain in.
  const allowed = said ?? true;
  return {
    ...row,
    domain: canonicalPattern(written),
    allowIn: allowed && direction !== "out",
    allowOut: allowed && direction !== "in",
    route: places?.flatMap((text) => parseHostPort(text, 5269) ?? []),
  };
}

function canonicalPattern(pattern: string): string {
  return pattern.startsWith("*.") ? `*.${canonicalDomain(pattern.slice(2))}` : canonicalDomain(pattern);
}
