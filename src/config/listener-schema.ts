import { z } from "zod";
import { isAddress } from "./endpoint.ts";

/** What a listener speaks, and the port it has when none is written. */
export const listenerKinds = {
  "xmpp-client": [5222, "XMPP clients; TLS is started on the connection (STARTTLS, RFC 6120 §5)"],
  "xmpp-client-tls": [5223, "XMPP clients; TLS from the first byte (XEP-0368)"],
  "xmpp-server": [5269, "servers of other domains; TLS is started on the connection (STARTTLS)"],
  "xmpp-server-tls": [5270, "servers of other domains; TLS from the first byte (XEP-0368)"],
  http: [5280, "/metrics, /healthz and /readyz for the operator's own tools; keep it on a private address"],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

export type ListenerKind = keyof typeof listenerKinds;

export type ListenerConfig = { readonly kind: ListenerKind; readonly address: string; readonly port: number };

const kinds = Object.keys(listenerKinds) as ListenerKind[];

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

/** Where a node listens when the configuration does not say. */
export const defaultListeners: readonly ListenerConfig[] = kinds.map((kind) => ({
  kind,
  address: kind === "http" ? "127.0.0.1" : "0.0.0.0",
  port: listenerKinds[kind][0],
}));

export const listeners = z
  .array(listener)
  .min(1, { error: "is empty: a node listens somewhere" })
  .superRefine((list, context) => {
    const seen = new Set<string>();
    for (const [at, { address, port }] of list.entries()) {
      const place = `${address} port ${port}`;
      if (port !== 0 && seen.has(place)) {
        context.addIssue({
          code: "custom",
          path: [at],
          message: `takes ${place} a second time`,
          params: { instead: "Keep one." },
        });
      }
      seen.add(place);
    }
  })
  .prefault([...defaultListeners])
  .meta({
    description:
      "Where the node listens. A list written here replaces the whole default list; any address and any port may stand, several of one kind too.",
  });
