import type { Address } from "../base/address.ts";
import type { Limits } from "../base/limits.ts";
import type { Naming } from "./contact-lists.ts";
import { listOf, resourceListsNamespace } from "./resource-lists.ts";
import { plainElement, type XcapElement } from "./xcap-document.ts";
import { isXuiOf, parseXcapPath } from "./xcap-path.ts";
import { parseNodeSelector, selectElements } from "./xcap-selector.ts";

/**
 * The URIs on a list that one of the owner's documents names by URL: a list of the same person's resource-lists/index, whatever
 * host it is spelled with. `root` is that document. Undefined when the URL leads elsewhere or nowhere; nobody is asked over the
 * network.
 */
export function listUrisAt(
  url: string,
  root: XcapElement,
  context: {
    readonly user: Address;
    readonly naming: Naming;
    readonly limits: Pick<Limits, "xcapSelectorBytesMax">;
  },
): readonly string[] | undefined {
  const at = url.indexOf("/resource-lists/users/");
  const path = at < 0 ? 404 : parseXcapPath(url.slice(at), context.limits);
  if (typeof path === "number" || path.document !== "index" || path.node === undefined) return undefined;
  if (!isXuiOf(path.xui ?? "", context.user, context.naming.contactOf)) return undefined;
  const selector = parseNodeSelector(path.node, new Map(), resourceListsNamespace);
  if (selector?.end.kind !== "element") return undefined;
  const [found, ...more] = selectElements(root, selector.steps);
  if (found === undefined || more.length > 0 || found.local !== "list") return undefined;
  const list = listOf(plainElement(found));
  if (!list.ok) return undefined;
  return list.value.members.flatMap((member) => (member.kind === "entry" ? [member.uri] : []));
}
