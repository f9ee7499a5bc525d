/**
 * An XMPP id is the imdn.Message-ID of the same message, so that what comes back about it needs no table. A Message-ID is a
 * token (RFC 5438 §10, RFC 3862 §3.4) and an id any text, so what no token has is percent-escaped. A message that began in
 * SIP keeps its Message-ID as its XMPP id, unchanged both ways.
 */
const plainId = /^[A-Za-z0-9\-._~+!*]+$/;

/** The Message-ID for a message with that XMPP id. */
export function messageIdOf(id: string): string {
  if (plainId.test(id)) return id;
  return encodeURIComponent(id.toWellFormed()).replace(
    /['()]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The XMPP id that a notification's message-id was made from; itself when it was made by nobody here. */
export function idOf(messageId: string): string {
  if (!messageId.includes("%")) return messageId;
  try {
    return decodeURIComponent(messageId);
  } catch {
    return messageId;
  }
}
