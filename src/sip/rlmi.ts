import { escapeXml } from "../xml/writer.ts";
import { type Multipart, type NewPart, writeMultipart } from "./multipart.ts";

export const rlmiType = "application/rlmi+xml";

/** RFC 4662 §5: one resource of a list, as a NOTIFY tells it. */
export type ListedResource = {
  /** As the list names it. */
  readonly uri: string;
  /** "" when nobody said one. */
  readonly name: string;
  /** Undefined: nothing is known of it yet (§5.4). */
  readonly instance: ResourceInstance | undefined;
};

/** §5.5: one subscription behind the list. */
export type ResourceInstance = {
  readonly state: "active" | "pending" | "terminated";
  /** Why it is terminated; "" otherwise. */
  readonly reason: string;
  /** Its presence; undefined when there is none to show. */
  readonly document: { readonly contentType: string; readonly body: string } | undefined;
};

/** §5.1: what stands at the top. `version` counts the documents of one subscription from 0, `full` says that all are here. */
export type ListHead = { readonly uri: string; readonly version: number; readonly full: boolean };

/**
 * Writes the body of a list's NOTIFY (RFC 4662 §4.5, §5): multipart/related, RLMI first (6.4), then each document, named by its
 * instance's cid. `at` is what the content ids end with: something that is this node's ("ours.example"). One level: a list in a
 * list has been flattened, which §4.6 allows.
 */
export function writeListNotification(head: ListHead, resources: readonly ListedResource[], at: string): Multipart {
  const parts: NewPart[] = [{ contentType: rlmiType, contentId: `list@${at}`, body: "" }];
  let rlmi =
    `<?xml version="1.0" encoding="UTF-8"?>\r\n<list xmlns="urn:ietf:params:xml:ns:rlmi" uri="${escapeXml(head.uri)}"` +
    ` version="${head.version}" fullState="${head.full}">`;
  for (const { uri, name, instance } of resources) {
    rlmi += `<resource uri="${escapeXml(uri)}">`;
    if (name !== "") rlmi += `<name>${escapeXml(name)}</name>`;
    if (instance !== undefined) rlmi += instanceText(instance, parts, at);
    rlmi += "</resource>";
  }
  parts[0] = { contentType: rlmiType, contentId: `list@${at}`, body: `${rlmi}</list>\r\n` };
  // RFC 2387 §3: type and start say which part is the root
  return writeMultipart("related", parts, [
    ["type", rlmiType],
    ["start", `<list@${at}>`],
  ]);
}

/** The instance's element, and its document among the parts. One subscription a resource, so one id does for all. */
function instanceText({ state, reason, document }: ResourceInstance, parts: NewPart[], at: string): string {
  let text = `<instance id="1" state="${state}"`;
  if (state === "terminated" && reason !== "") text += ` reason="${escapeXml(reason)}"`;
  if (document !== undefined) {
    const contentId = `${parts.length}@${at}`;
    text += ` cid="${escapeXml(contentId)}"`;
    parts.push({ contentType: document.contentType, contentId, body: document.body });
  }
  return `${text}/>`;
}
