/** Who asks, for the audit: the header a local command sets. The socket's permissions are what lets it in. */
export const actorHeader = "comity-actor";
