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
