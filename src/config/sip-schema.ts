import { z } from "zod";
import { canonicalDomain, isDomainName } from "./domain-schema.ts";
import { isAddress } from "./endpoint.ts";

/** SET-161: a call manager's trunk has up to 16 addresses. */
const trunkAddressesMax = 16;

const trunk = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .meta({ description: "What log lines and `comity status` call it.", examples: ["cucm"] }),
    addresses: z
      .array(z.string().refine(isAddress, { error: "is not an IP address" }))
      .min(1, { error: "is empty: nothing could come from it" })
      .max(trunkAddressesMax, { error: `names more than ${trunkAddressesMax} addresses` })
      .meta({
        description: `The IP addresses it publishes from, ${trunkAddressesMax} at most.`,
        examples: [["192.0.2.20"]],
      }),
    tlsSubject: z
      .string()
      .refine(isDomainName, { error: "is not a name or address a certificate could carry" })
      .transform(canonicalDomain)
      .optional()
      .meta({
        description: "The name its certificate must carry. With it, the trunk is believed over TLS only.",
        examples: ["cucm.ours.example"],
      }),
    transport: z
      .enum(["tcp", "tls", "udp"])
      .optional()
      .meta({
        description:
          "What it publishes over; nothing is believed over another. Anybody may write any sender's address on a datagram: take udp only where nobody else can reach this node. Without it: tls where tlsSubject stands, else tcp.",
        examples: ["tcp"],
      }),
  })
  .refine(({ tlsSubject, transport }) => tlsSubject === undefined || transport === undefined || transport === "tls", {
    error: "has a tlsSubject, and no certificate is shown over its transport",
    path: ["transport"],
    params: { instead: "Leave transport out, or tlsSubject." },
    when: ({ issues }) => issues.length === 0,
  })
  .transform(({ tlsSubject, transport, ...rest }) => ({
    ...rest,
    tlsSubject,
    transport: transport ?? (tlsSubject === undefined ? "tcp" : "tls"),
  }));

const trunks = z
  .array(trunk)
  .superRefine((list, context) => {
    const seen = new Set<string>();
    for (const [at, { name }] of list.entries()) {
      if (seen.has(name))
        context.addIssue({
          code: "custom",
          path: [at],
          message: `names ${name} a second time`,
          params: { instead: "Keep one, or give the other another name." },
        });
      seen.add(name);
    }
  })
  .prefault([])
  .meta({
    description:
      "Call managers that may publish the state of telephone lines here (SIP PUBLISH). Nobody else's word is taken for it.",
    examples: [[{ name: "cucm", addresses: ["192.0.2.20"], tlsSubject: "cucm.ours.example" }]],
  });

/** A host name, or an address as URIs have it: where others reach us, as they are told. */
const outsideHost = z
  .string()
  .refine((text) => isDomainName(text) || isAddress(text), { error: "is not a host name or an IP address" })
  .transform((text) => canonicalDomain(isAddress(text) && text.includes(":") ? `[${text}]` : text));

/** `sip:`: what holds for SIP beside its listeners. */
export const sip = z
  .strictObject({
    trunks,
    advertise: outsideHost.optional().meta({
      description:
        "The host name or address at which SIP clients and servers reach this node, where that is another than it sees itself, as behind NAT; it stands in Via and Contact. Without it: the domain over TLS, the address that is listened on otherwise. Behind the domain no port is written while it is the usual one, so that others look at its SRV records (_sips._tcp).",
      examples: ["sip.ours.example"],
    }),
    sentCopies: z.boolean().default(true).meta({
      description:
        "What a person sends from another device is shown on their SIP devices too, as a message from themselves. false: for clients that cannot tell it from a message by somebody else.",
    }),
    msrp: z
      .strictObject({
        host: outsideHost.optional().meta({
          description:
            "The host name or address partners are told to connect to for conversations over MSRP. Without it: sip.advertise, else the address the partner's SIP connection is on.",
          examples: ["msrp.ours.example"],
        }),
        port: z
          .int()
          .min(1)
          .max(65_535)
          .optional()
          .meta({
            description:
              "The port they are told, where NAT shows another than the msrp-tls or msrp-tcp listener has. Without it: the listener's own.",
            examples: [2855],
          }),
      })
      .prefault({})
      .meta({
        description:
          "Conversations over MSRP (RFC 4975) with partners that have them. Without a listener of kind msrp-tls or msrp-tcp this node still takes part in them, but makes every connection itself.",
      }),
    tls: z.enum(["modern", "legacy"]).default("modern").meta({
      description:
        "modern: TLS as tls.versionMin says. legacy: SIP over TLS is also spoken with devices that know nothing newer than TLS 1.0 and its ciphers, which can be broken.",
    }),
  })
  .prefault({})
  .meta({ description: "SIP: call managers, and what suits old devices. Where it listens stands under listeners." });
