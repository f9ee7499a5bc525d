import type { Address } from "../base/address.ts";
import type { Limits } from "../base/limits.ts";
import { ok, type Result } from "../base/result.ts";
import type { Naming } from "./contact-lists.ts";
import {
  entriesOf,
  type ListEntry,
  type Resolve,
  type ResourceList,
  resourceListsNamespace,
  resourceListsOf,
} from "./resource-lists.ts";
import type { RlsService } from "./rls-services.ts";
import { plainElement, type XcapElement } from "./xcap-document.ts";
import { isXuiOf, parseXcapPath } from "./xcap-path.ts";
import { parseNodeSelector, selectElements } from "./xcap-selector.ts";

/** Whose documents refer to one another. */
export type ReferenceContext = {
  readonly user: Address;
  readonly naming: Naming;
  readonly limits: Pick<Limits, "xcapSelectorBytesMax">;
};

/**
 * Follows references between one person's documents (RFC 4826 §3.3): an external list or an entry of their own
 * resource-lists/index, whatever host the URL is spelled with. `root` is that document. What leads elsewhere leads nowhere:
 * nobody is asked over the network.
 */
export function resolveIn(root: XcapElement, context: ReferenceContext): Resolve {
  return (reference) => {
    // RFC 4826 §3.2: an entry-ref is relative to the XCAP root
    const url = reference.kind === "external" ? reference.anchor : `/${reference.ref}`;
    const at = url.indexOf("/resource-lists/users/");
    const path = at < 0 ? 404 : parseXcapPath(url.slice(at), context.limits);
    if (typeof path === "number" || path.document !== "index" || path.node === undefined) return undefined;
    if (!isXuiOf(path.xui ?? "", context.user, context.naming.contactOf)) return undefined;
    const selector = parseNodeSelector(path.node, new Map(), resourceListsNamespace);
    if (selector?.end.kind !== "element") return undefined;
    const [found, ...more] = selectElements(root, selector.steps);
    const wanted = reference.kind === "external" ? "list" : "entry";
    if (found === undefined || more.length > 0 || found.local !== wanted) return undefined;
    // The list itself, or one of nothing but the entry
    const element = plainElement(found);
    const around = wanted === "list" ? element : { ...element, name: "list", attrs: {}, children: [element] };
    const lists = resourceListsOf({
      name: "resource-lists",
      ns: resourceListsNamespace,
      attrs: {},
      children: [around],
    });
    return lists.ok && lists.value[0] !== undefined ? { kind: "list", list: lists.value[0] } : undefined;
  };
}

/**
 * Whom a service of a person's rls-services stands for (RFC 4826 §4.3). `lists` is their resource-lists/index. A list that leads
 * nowhere has nobody on it. Fails with resource-list when there are too many.
 */
export function entriesOfService(
  service: RlsService,
  lists: XcapElement,
  context: ReferenceContext,
  limits: Pick<Limits, "sipListEntriesMax">,
): Result<readonly ListEntry[]> {
  const resolve = resolveIn(lists, context);
  let list: ResourceList | undefined;
  if (typeof service.list === "string") {
    const member = resolve({ kind: "external", anchor: service.list });
    list = member?.kind === "list" ? member.list : undefined;
  } else list = service.list;
  return list === undefined ? ok([]) : entriesOf([list], limits, resolve);
}
