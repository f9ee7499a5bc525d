import { decodedUser, isSipUri, parseUri, type SipUri } from "./uri.ts";

/**
 * Whether credentials were made for this Request-URI (RFC 7616 §3.4.6: a digest for one resource must not open another). They are
 * hashed over the URI as the client knew it, and proxies rewrite the line on the way (RFC 3261 §22.4 takes the client's
 * word therefore), so it need not be the same text:
 *
 * - scheme, port, parameters and headers do not count: a proxy adds ";transport=tcp" or turns sips: into sip:;
 * - the host may be that of the realm where the line has another: a proxy that sends everything to one server puts the
 *   server's name or address there;
 * - a URI without user, in either place, is the server itself: clients that always write their registrar's address, or
 *   register with their own.
 *
 * What remains is what matters: credentials to write to Bob do not write to Carol.
 */
export function isAbout(credentials: { readonly uri: string; readonly realm: string }, requestUri: string): boolean {
  const { uri, realm } = credentials;
  if (uri === requestUri) return true;
  const hashed = parseUri(uri);
  const asked = parseUri(requestUri);
  if (!hashed.ok || !asked.ok || !isSipUri(hashed.value) || !isSipUri(asked.value)) return false;
  if (hashed.value.host !== asked.value.host && hashed.value.host !== realm) return false;
  const [own, other] = [userOf(hashed.value), userOf(asked.value)];
  return own === "" || other === "" || own === other;
}

function userOf(uri: SipUri): string {
  const user = decodedUser(uri);
  return user.ok ? user.value : uri.user;
}
