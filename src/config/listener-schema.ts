import { z } from "zod";
import { isAddress } from "./endpoint.ts";

/** What a listener speaks, and the port it has when none is written. */
export const listenerKinds = {
  "xmpp-client": [5222, "XMPP clients; TLS is started on the connection (STARTTLS, RFC 6120 §5)"],
  "xmpp-client-tls": [5223, "XMPP clients; TLS from the first byte (XEP-0368)"],
  "xmpp-server": [5269, "servers of other domains; TLS is started on the connection (STARTTLS)"],
  "xmpp-server-tls": [5270, "servers of other domains; TLS from the first byte (XEP-0368)"],
  "sip-udp": [5060, "SIP over UDP, in the clear; passwords go as digests, texts as they are"],
  "sip-tcp": [5060, "SIP over TCP, in the clear"],
  "sip-tls": [5061, "SIP clients and other domains' SIP servers; TLS from the first byte"],
  "sip-ws": [5066, "SIP over WebSocket, in the clear (RFC 7118): for a web server in front that has the TLS"],
  "sip-wss": [7443, "SIP over WebSocket and TLS, for clients in browsers (RFC 7118)"],
  "msrp-tls": [2855, "conversations of partners over SIP that have them by MSRP (RFC 4975); TLS from the first byte"],
  "msrp-tcp": [2856, "the same in the clear, for partners without TLS"],
  xcap: [5281, "SIP clients' contact lists and rules, over HTTPS (XCAP, RFC 4825)"],
  http: [5280, "/metrics, /healthz and /readyz for the operator's own tools; keep it on a private address"],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

export type ListenerKind = keyof typeof listenerKinds;

export type ListenerConfig = { readonly kind: ListenerKind; readonly address: string; readonly port: number };

const kinds = Object.keys(listenerKinds) as ListenerKind[];

/** SIP in the clear is for those who ask for it. */
const clearKinds: ReadonlySet<ListenerKind> = new Set(["sip-udp", "sip-tcp", "sip-ws", "msrp-tcp"]);

/** Not every installation has a partner for it. */
const rareKinds: ReadonlySet<ListenerKind> = new Set([...clearKinds, "msrp-tls"]);

const listener = z
  .strictObject({
    kind: z.enum(kinds).meta({
      description: `What it speaks: ${kinds.map((kind) => `${kind} (${listenerKinds[kind][1]})`).join("; ")}.`,
      examples: ["xmpp-client"],
    }),
    address: z
      .string()
      .refine(isAddress, { error: "is not an IP address" })
      .optional()
      .meta({
        description:
          'The IP address to listen on. "0.0.0.0" is every IPv4 address of the machine, "::" every address of both kinds. Without it: "0.0.0.0", for http "127.0.0.1".',
        examples: ["0.0.0.0"],
      }),
    port: z
      .int()
      .min(0)
      .max(65_535)
      .optional()
      .meta({
        description: `The port; 0 asks for any free one. Without it: ${kinds.map((kind) => `${listenerKinds[kind][0]} for ${kind}`).join(", ")}.`,
        examples: [5222],
      }),
  })
  .transform(
    ({ kind, address, port }): ListenerConfig => ({
      kind,
      address: address ?? (kind === "http" ? "127.0.0.1" : "0.0.0.0"),
      port: port ?? listenerKinds[kind][0],
    }),
  );

/** A way in of each kind. What is for this machine alone, or shows what is said, stands on loopback. */
export const listenersOfAllKinds: readonly ListenerConfig[] = kinds.map((kind) => ({
  kind,
  address: kind === "http" || clearKinds.has(kind) ? "127.0.0.1" : "0.0.0.0",
  port: listenerKinds[kind][0],
}));

/** Where a node listens when the configuration does not say. */
export const defaultListeners: readonly ListenerConfig[] = listenersOfAllKinds.filter(
  ({ kind }) => !rareKinds.has(kind),
);

export const listeners = z
  .array(listener)
  .min(1, { error: "is empty: a node listens somewhere" })
  .superRefine((list, context) => {
    const seen = new Set<string>();
    for (const [at, { kind, address, port }] of list.entries()) {
      const place = `${address} port ${port}`;
      // UDP and TCP have ports of their own.
      const door = kind === "sip-udp" ? `${place}, UDP` : place;
      if (port !== 0 && seen.has(door)) {
        context.addIssue({
          code: "custom",
          path: [at],
          message: `takes ${place} a second time`,
          params: { instead: "Keep one." },
        });
      }
      seen.add(door);
    }
  })
  .prefault([...defaultListeners])
  .meta({
    description:
      "Where the node listens. A list written here replaces the whole default list; any address and any port may stand, several of one kind too. SIP in the clear (sip-udp, sip-tcp, sip-ws) and MSRP are served only where they are written.",
  });
