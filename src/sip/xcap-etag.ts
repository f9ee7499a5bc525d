import { createHash } from "node:crypto";
import { hex } from "../base/bytes.ts";

/** A strong entity-tag (RFC 9110 §8.8.3): the same bytes have the same, others another. In its quotes. */
export function etagOf(content: Uint8Array): string {
  return `"${hex(createHash("sha256").update(content).digest().subarray(0, 16))}"`;
}

/** The conditions of a request (RFC 9110 §13.1): header values as they came. */
export type Conditions = { readonly ifMatch: string | undefined; readonly ifNoneMatch: string | undefined };

/**
 * Whether a request may go on: 412 when not, 304 when it only reads what the client has (RFC 9110 §13.2.2, RFC 4825 §7.11).
 * `etag` is the document's, undefined when there is none; each node of it has the same. `exists` says whether the node is there,
 * for "*".
 */
export function conditionsOf(
  { ifMatch, ifNoneMatch }: Conditions,
  etag: string | undefined,
  exists: boolean,
  reads: boolean,
): "go-on" | 304 | 412 {
  if (ifMatch !== undefined && !(ifMatch.trim() === "*" ? exists : names(ifMatch, etag))) return 412;
  if (ifNoneMatch === undefined) return "go-on";
  const met = ifNoneMatch.trim() === "*" ? exists : names(ifNoneMatch, etag);
  if (!met) return "go-on";
  return reads ? 304 : 412;
}

/** A weak tag is never that of anything here. */
function names(list: string, etag: string | undefined): boolean {
  return etag !== undefined && list.split(",").some((each) => each.trim() === etag);
}
