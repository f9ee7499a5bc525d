import { fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import { no, ok, type Result } from "../base/result.ts";
import { readDocument } from "../xml/document.ts";
import { child, type Element, elements, textOf } from "../xml/element.ts";
import { withoutContentEncoding } from "./content-encoding.ts";

export const resourceListsType = "application/resource-lists+xml";
export const resourceListsNamespace = "urn:ietf:params:xml:ns:resource-lists";

/** One list of a resource-lists document (RFC 4826 §3.2). */
export type ResourceList = {
  /** Undefined when it has none; unique among its siblings. */
  readonly name: string | undefined;
  /** Undefined when nothing is said, "" when it is said to be none. */
  readonly displayName: string | undefined;
  readonly members: readonly ListMember[];
};

export type ListMember =
  | { readonly kind: "entry"; readonly uri: string; readonly displayName: string | undefined }
  | { readonly kind: "list"; readonly list: ResourceList }
  /** An entry elsewhere on the same server; a relative path. */
  | { readonly kind: "entry-ref"; readonly ref: string }
  /** A list anywhere; an absolute URL. */
  | { readonly kind: "external"; readonly anchor: string };

/** One entry of a list that is watched, as the list names it; `name` is "" when nobody said one. */
export type ListEntry = { readonly uri: string; readonly name: string };

export type ResourceListLimits = Pick<
  Limits,
  "xcapDocumentBytesMax" | "xcapDepthMax" | "xmlAttributesMax" | "sipListEntriesMax" | "sipInflatedBytesMax"
>;

/** Reads a resource-lists document. Faults: resource-list, and those of `readDocument`. */
export function readResourceLists(bytes: Uint8Array, limits: ResourceListLimits): Result<readonly ResourceList[]> {
  const read = readDocument(bytes, {
    bytesMax: limits.xcapDocumentBytesMax,
    depthMax: limits.xcapDepthMax,
    attributesMax: limits.xmlAttributesMax,
  });
  return read.ok ? resourceListsOf(read.value) : read;
}

/** The lists of a document that is a tree already. Fails with resource-list. */
export function resourceListsOf(root: Element): Result<readonly ResourceList[]> {
  if (root.name !== "resource-lists" || root.ns !== resourceListsNamespace) return wrong("another root element");
  const lists: ResourceList[] = [];
  for (const each of elements(root)) {
    if (each.ns !== resourceListsNamespace) continue;
    if (each.name !== "list") return wrong("something but lists at the top");
    const list = listOf(each);
    if (!list.ok) return list;
    lists.push(list.value);
  }
  return ok(lists);
}

/** One <list/>. Elements of other namespaces are somebody else's and passed over (RFC 4826 §3.2). Fails with resource-list. */
export function listOf(element: Element): Result<ResourceList> {
  const members: ListMember[] = [];
  for (const each of elements(element)) {
    if (each.ns !== resourceListsNamespace || each.name === "display-name") continue;
    const member = memberOf(each);
    if (!member.ok) return member;
    members.push(member.value);
  }
  return ok({ name: element.attrs.name, displayName: displayNameOf(element), members });
}

function memberOf(element: Element): Result<ListMember> {
  const { attrs } = element;
  switch (element.name) {
    case "list": {
      const list = listOf(element);
      return list.ok ? ok({ kind: "list", list: list.value }) : list;
    }
    case "entry":
      return attrs.uri === undefined
        ? wrong("an entry without uri")
        : ok({ kind: "entry", uri: attrs.uri.trim(), displayName: displayNameOf(element) });
    case "entry-ref":
      return attrs.ref === undefined ? wrong("an entry-ref without ref") : ok({ kind: "entry-ref", ref: attrs.ref });
    case "external": // RFC 4826 §3.2: the schema lets the anchor be missing
      return ok({ kind: "external", anchor: attrs.anchor ?? "" });
    default:
      return wrong("an element RFC 4826 does not know");
  }
}

function displayNameOf(element: Element): string | undefined {
  const found = child(element, "display-name", resourceListsNamespace);
  return found === undefined ? undefined : textOf(found);
}

function wrong(detail: string): { readonly ok: false; readonly fault: ReturnType<typeof fault> } {
  return no(fault("resource-list", detail));
}

/** What a reference leads to; undefined when it leads nowhere here, which leaves it out (RFC 4826 §3.3). */
export type Resolve = (reference: Extract<ListMember, { kind: "entry-ref" | "external" }>) => ListMember | undefined;

const referencesMax = 100;

/**
 * All entries of lists and the lists in them, in their order, each URI once: RFC 4826 §3.3. References are followed by `resolve`,
 * each once, so a circle ends. Fails with resource-list when there are more than sipListEntriesMax.
 */
export function entriesOf(
  lists: readonly ResourceList[],
  limits: Pick<Limits, "sipListEntriesMax">,
  resolve: Resolve = () => undefined,
): Result<readonly ListEntry[]> {
  const found = new Map<string, ListEntry>();
  const followed = new Set<string>();
  const add = (member: ListMember): boolean => {
    switch (member.kind) {
      case "list":
        return member.list.members.every(add);
      case "entry":
        if (!found.has(member.uri)) found.set(member.uri, { uri: member.uri, name: member.displayName ?? "" });
        return found.size <= limits.sipListEntriesMax;
      default: {
        const reference = `${member.kind} ${member.kind === "external" ? member.anchor : member.ref}`;
        if (followed.has(reference) || followed.size >= referencesMax) return true;
        followed.add(reference);
        const to = resolve(member);
        return to === undefined || add(to);
      }
    }
  };
  const fits = lists.every((list) => list.members.every(add));
  return fits ? ok([...found.values()]) : wrong("sipListEntriesMax");
}

/**
 * The list a SUBSCRIBE brings with it (RFC 5367 §4), inflated where it must be (6.4). Faults: sip-media-type (another type or
 * encoding), sip-too-large, sip-malformed, resource-list, and those of `readDocument`.
 */
export function readRecipientList(
  body: { readonly contentType: string; readonly contentEncoding: string | undefined; readonly bytes: Uint8Array },
  limits: ResourceListLimits,
): Result<readonly ListEntry[]> {
  if (body.contentType !== resourceListsType) return no(fault("sip-media-type", "not a resource list"));
  const plain = withoutContentEncoding(body.contentEncoding, body.bytes, limits);
  if (!plain.ok) return plain;
  const lists = readResourceLists(plain.value, limits);
  return lists.ok ? entriesOf(lists.value, limits) : lists;
}
