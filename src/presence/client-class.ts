import type { Client } from "./mapping-table.ts";

/** How the resources of XMPP clients of these classes begin; all others are third-party ones. */
export type ClientResources = Readonly<Record<Exclude<Client, "xmpp3">, readonly string[]>>;

/** The class of an XMPP client, by its resource: nothing else of a client is there from its first stanza on. */
export function clientOf(resource: string, { cupc, jabber }: ClientResources): Client {
  const begins = (prefix: string) => resource.startsWith(prefix);
  if (jabber.some(begins)) return "jabber";
  return cupc.some(begins) ? "cupc" : "xmpp3";
}
