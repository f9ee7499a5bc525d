import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { readDocument } from "../xml/document.ts";
import type { Element } from "../xml/element.ts";
import { readCategories } from "./msrtc-categories.ts";
import { readMsrtcPidf } from "./msrtc-pidf.ts";
import { readPidf } from "./pidf-read.ts";
import { firstNamed, nothingSaid, type PresenceDocument, type PresenceLimits } from "./presence-fields.ts";
import { readXpidf } from "./xpidf.ts";

/** The types of content that carry presence; "" is the type of a body that names none. */
const types: ReadonlySet<string> = new Set([
  "application/pidf+xml",
  "application/cpim-pidf+xml",
  "application/xpidf+xml",
  "text/xml+msrtc.pidf",
  "application/msrtc-event-categories+xml",
  "application/xml",
  "text/xml",
  "",
]);

/**
 * Reads a presence document of any dialect: PIDF (RFC 3863), XPIDF, msrtc.pidf, msrtc-event-categories. The type says that it is one, the root
 * element which. An empty body says nothing (RFC 6665), whatever its type.
 *
 * `contentType` is that of the header, parameters allowed. Fails with sip-media-type for other types, and with
 * presence-document for what is no such document or more than `limits` allow.
 */
export function readPresence(contentType: string, bytes: Uint8Array, limits: PresenceLimits): Result<PresenceDocument> {
  if (bytes.length === 0) return ok(nothingSaid);
  // What nearly all say first: to compare costs less than to look up.
  if (contentType !== "application/pidf+xml" && !types.has(contentType)) {
    const type = (contentType.split(";", 1)[0] ?? "").trim();
    if (!types.has(type.toLowerCase())) return no(fault("sip-media-type", type.slice(0, 100)));
  }
  const document = readDocument(bytes, {
    bytesMax: limits.presenceDocumentBytesMax,
    depthMax: limits.presenceDocumentDepthMax,
    attributesMax: limits.xmlAttributesMax,
  });
  if (!document.ok) {
    const { code, detail } = document.fault;
    return no(fault("presence-document", detail === "" ? code : `${code}: ${detail}`));
  }
  const root = document.value;
  if (isCrowded(root, limits.presenceChildrenMax)) return no(fault("presence-document", "presenceChildrenMax"));
  switch (root.name) {
    case "presence":
      return ok(isXpidf(root) ? readXpidf(root, limits) : readPidf(root, limits));
    case "categories":
      return ok(readCategories(root, limits));
    case "presentity":
      return ok(readMsrtcPidf(root, limits));
    default:
      return no(fault("presence-document", "the root element is none of presence"));
  }
}

function isXpidf(root: Element): boolean {
  return firstNamed(root, "presentity") !== undefined || firstNamed(root, "atom") !== undefined;
}

function isCrowded(element: Element, most: number): boolean {
  let count = 0;
  for (const each of element.children) {
    if (typeof each !== "string" && (++count > most || isCrowded(each, most))) return true;
  }
  return false;
}
