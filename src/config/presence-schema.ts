import { z } from "zod";

const resources = (usual: readonly string[]) =>
  z
    .array(z.string().min(1).max(100))
    .max(20)
    .default([...usual]);

/** `presence:`: how people's presence is made and who may see it, over XMPP and SIP alike. */
export const presence = z
  .strictObject({
    autoAuthorise: z.enum(["none", "local"]).default("none").meta({
      description:
        "Whose wish to see somebody's presence is granted without asking them. none: everybody is asked about. local: people of this node's domains may see each other, unless blocked; SIP clients that cannot ask need it.",
    }),
    registrationCounts: z.boolean().default(true).meta({
      description:
        "true: a SIP device that is registered and publishes nothing counts as available. false: it counts for nothing.",
    }),
    sharing: z.boolean().default(true).meta({
      description: "false: nobody sees anybody's presence, in this node's domains and in others.",
    }),
    outOfOffice: z.enum(["away", "out-of-office"]).default("away").meta({
      description: 'What is shown of somebody whose calendar says "out of office".',
    }),
    adHoc: z
      .strictObject({
        enabled: z.boolean().default(false).meta({
          description:
            "Whether an XMPP client may look at people who are no contacts, as after a directory search, by a probe; of who may see whom nothing changes, and nobody is asked. SIP clients may always, by a SUBSCRIBE that lasts no time.",
        }),
        activeMax: z.int().min(0).max(1_000_000).default(10_000).meta({
          description: "How many such looks there may be at once; 0: any number.",
        }),
        seconds: z.int().min(10).max(86_400).default(1_800).meta({
          description:
            "How long changes are told after a look; then the client is told nothing more until it looks again.",
        }),
      })
      .prefault({})
      .meta({ description: "Looks at people who are no contacts." }),
    clientResources: z
      .strictObject({
        cupc: resources(["cupc"]).meta({
          description:
            "How the resources of XMPP clients begin that know all states, as CUPC 8 does: they have the column cupc of the mapping tables, as SIP clients have it.",
        }),
        jabber: resources(["jabber_"]).meta({
          description:
            "The same for Cisco Jabber and the column jabber; all other XMPP clients are third-party ones, column xmpp3.",
        }),
      })
      .prefault({})
      .meta({ description: "Which XMPP clients have columns of their own in the mapping tables." }),
  })
  .prefault({})
  .meta({ description: "Who is shown as what, and to whom." });
