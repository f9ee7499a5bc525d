import type { Context } from "hono";

/** Who asks, for the audit: the header a local command sets. The socket's permissions are what lets it in. */
export const actorHeader = "comity-actor";

/** Who asks: "cli:1000"; what is no name is none. */
export function actorOf(context: Context): string {
  const actor = context.req.header(actorHeader) ?? "";
  return /^[a-z]+:[\w.@-]{1,64}$/.test(actor) ? actor : "api:unnamed";
}
