import type { Fault } from "../base/fault.ts";
import type { DocumentLimits } from "../xml/document.ts";
import { bindingsAt, parseXcapFragment, type XcapAttribute, type XcapElement, xcapElements } from "./xcap-document.ts";
import { type Conflict, conflict } from "./xcap-error.ts";
import {
  attributeOf,
  attributeValue,
  isNamed,
  type NodeSelector,
  type SelectorName,
  type SelectorStep,
  selectElements,
} from "./xcap-selector.ts";

/**
 * Where a new child belongs among its siblings: children of a lower number come first (RFC 4825 §8.2.3 lets a server keep to
 * the schema). Undefined: at the end.
 */
export type ChildRank = (parent: XcapElement, child: XcapElement) => number | undefined;

/** A tree after an edit, which has changed it in place, or why there was none. The tree of a failed edit is spoilt. */
export type Edited =
  | { readonly kind: "done"; readonly root: XcapElement; readonly created: boolean }
  | { readonly kind: "none" }
  | { readonly kind: "conflict"; readonly conflict: Conflict }
  /** No parent; the first `steps` of the selector exist. */
  | { readonly kind: "no-parent"; readonly steps: number };

/** PUT of an element (RFC 4825 §8.2.1, §8.2.3): it takes the place of the one selected, or is put in so that it is selected. */
export function putElement(
  root: XcapElement,
  { steps }: NodeSelector,
  body: Uint8Array,
  rank: ChildRank,
  limits: DocumentLimits,
): Edited {
  const parents = selectElements(root, steps.slice(0, -1));
  const [parent] = parents;
  if (steps.length > 1 && (parent === undefined || parents.length > 1)) return noParent(root, steps);
  const read = parseXcapFragment(body, parent === undefined ? new Map() : bindingsAt(parent), limits);
  if (!read.ok) return failed(fragmentConflict(read.fault));
  const element = read.value;
  const found = selectElements(root, steps);
  const [existing] = found;
  if (found.length > 1) return failed(conflict("cannot-insert", "the selector means more than one element"));
  element.parent = parent;
  if (parent === undefined) {
    // The root element itself
    if (existing === undefined || !sameNode(element, steps)) return notSelected();
    return { kind: "done", root: element, created: false };
  }
  if (existing === undefined) insert(parent, element, steps.at(-1), rank);
  else parent.children.splice(parent.children.indexOf(existing), 1, element);
  // §8.2.3: a GET of the same URI must give what was put
  return sameNode(root, steps, element) ? { kind: "done", root, created: existing === undefined } : notSelected();
}

function notSelected(): Edited {
  return failed(conflict("cannot-insert", "the URI would not select what it put"));
}

function sameNode(root: XcapElement, steps: readonly SelectorStep[], element = root): boolean {
  const found = selectElements(root, steps);
  return found.length === 1 && found[0] === element;
}

/** §8.2.3: as the position says; else behind the last of its name; else where its rank, or the end, is. */
function insert(parent: XcapElement, element: XcapElement, step: SelectorStep | undefined, rank: ChildRank): void {
  const siblings = xcapElements(parent).filter((each) => step !== undefined && isNamed(each, step.name));
  const at = step?.position === undefined ? undefined : siblings[step.position - 1];
  const before = at ?? (siblings.length > 0 ? undefined : firstOfHigherRank(parent, element, rank));
  const last = siblings.at(-1);
  if (before !== undefined) parent.children.splice(parent.children.indexOf(before), 0, element);
  else if (last !== undefined && step?.name !== undefined)
    parent.children.splice(parent.children.indexOf(last) + 1, 0, element);
  else parent.children.push(element);
}

function firstOfHigherRank(parent: XcapElement, element: XcapElement, rank: ChildRank): XcapElement | undefined {
  const own = rank(parent, element);
  if (own === undefined) return undefined;
  return xcapElements(parent).find((each) => (rank(parent, each) ?? Infinity) > own);
}

/** PUT of an attribute (RFC 4825 §8.2.1): the body is its value as it stands between quotes. */
export function putAttribute(root: XcapElement, { steps }: NodeSelector, name: SelectorName, body: string): Edited {
  const found = selectElements(root, steps);
  const [element] = found;
  if (element === undefined || found.length > 1) return noParent(root, steps, steps.length);
  const value = attributeValue(body);
  if (value === undefined) return failed(conflict("not-xml-att-value", "not the value of an attribute"));
  const existing = attributeOf(element, name);
  const prefix = existing?.prefix ?? prefixFor(element, name.ns);
  if (prefix === undefined) return failed(conflict("cannot-insert", "no prefix of the document means that namespace"));
  const attribute: XcapAttribute = { prefix, local: name.local, ns: name.ns, value };
  element.attributes =
    existing === undefined
      ? [...element.attributes, attribute]
      : element.attributes.map((each) => (each === existing ? attribute : each));
  if (!sameNode(root, steps, element)) return notSelected();
  return { kind: "done", root, created: existing === undefined };
}

/** The prefix an attribute of a namespace can be written with there: none for none. */
function prefixFor(element: XcapElement, ns: string): string | undefined {
  if (ns === "") return "";
  for (const [prefix, bound] of bindingsAt(element)) if (bound === ns && prefix !== "") return prefix;
  return undefined;
}

/** DELETE of an element (RFC 4825 §8.2.5): afterwards the same URI must select nothing. */
export function deleteElement(root: XcapElement, { steps }: NodeSelector): Edited {
  const found = selectElements(root, steps);
  const [element] = found;
  if (element === undefined || found.length > 1) return { kind: "none" };
  const { parent } = element;
  if (parent === undefined) return failed(conflict("cannot-delete", "a document has a root element"));
  parent.children.splice(parent.children.indexOf(element), 1);
  return selectElements(root, steps).length === 0
    ? { kind: "done", root, created: false }
    : failed(conflict("cannot-delete", "the URI would select another element"));
}

/** DELETE of an attribute. */
export function deleteAttribute(root: XcapElement, { steps }: NodeSelector, name: SelectorName): Edited {
  const found = selectElements(root, steps);
  const [element] = found;
  const existing = element === undefined ? undefined : attributeOf(element, name);
  if (element === undefined || existing === undefined || found.length > 1) return { kind: "none" };
  element.attributes = element.attributes.filter((each) => each !== existing);
  return { kind: "done", root, created: false };
}

/** How many of the first `most` steps select exactly one element. */
function noParent(root: XcapElement, steps: readonly SelectorStep[], most = steps.length - 1): Edited {
  let count = 0;
  while (count < most && selectElements(root, steps.slice(0, count + 1)).length === 1) count++;
  return { kind: "no-parent", steps: count };
}

function failed(why: Conflict): Edited {
  return { kind: "conflict", conflict: why };
}

function fragmentConflict({ code, detail }: Fault): Conflict {
  if (code === "xml-bad-utf8") return conflict("not-utf-8", "the body is not UTF-8");
  return conflict("not-xml-frag", detail === "" ? code : detail);
}
