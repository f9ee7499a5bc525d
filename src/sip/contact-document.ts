import type { RosterItem } from "../base/store.ts";
import { groupOf, listNameFor, type Naming, ungrouped } from "./contact-lists.ts";
import { resourceListsNamespace } from "./resource-lists.ts";
import { type XcapElement, xcapElements } from "./xcap-document.ts";
import { attributeOf } from "./xcap-selector.ts";

/**
 * Brings a resource-lists document up to date with the roster: who is no contact any more leaves, who is new comes into the
 * lists of their groups, names become the roster's. All else stays as its client wrote it. The tree is changed in place; answers
 * whether it was. `items` are those the roster shows.
 */
export function bringUpToDate(root: XcapElement, items: Iterable<RosterItem>, owner: string, naming: Naming): boolean {
  return new ContactDocument(root, owner, naming).bring(items);
}

/** A document of the roster alone. */
export function contactDocument(items: Iterable<RosterItem>, owner: string, naming: Naming): XcapElement {
  const root: XcapElement = {
    prefix: "",
    local: "resource-lists",
    ns: resourceListsNamespace,
    declared: new Map([["", resourceListsNamespace]]),
    attributes: [],
    children: [],
    parent: undefined,
  };
  bringUpToDate(root, items, owner, naming);
  return root;
}

/** An entry that stands for a contact, and the group by which it does. */
type Place = { readonly entry: XcapElement; readonly group: string };

class ContactDocument {
  readonly #root: XcapElement;
  readonly #owner: string;
  readonly #naming: Naming;
  readonly #places = new Map<string, Place[]>();
  /** The first list of each group. */
  readonly #lists = new Map<string, XcapElement>();
  readonly #leaving = new Set<XcapElement>();
  readonly #names = new Set<string>();
  #changed = false;

  constructor(root: XcapElement, owner: string, naming: Naming) {
    this.#root = root;
    this.#owner = owner;
    this.#naming = naming;
    for (const each of xcapElements(root)) {
      this.#names.add(nameOf(each) ?? "");
      this.#visit(each);
    }
  }

  bring(items: Iterable<RosterItem>): boolean {
    const kept = new Set<string>();
    for (const item of items) {
      const uri = this.#naming.uriOf(item.contact);
      if (uri === undefined || item.contact === this.#owner) continue;
      kept.add(item.contact);
      this.#show(item, uri);
    }
    for (const [contact, places] of this.#places) {
      if (!kept.has(contact)) for (const { entry } of places) this.#leaving.add(entry);
    }
    const parents = new Set([...this.#leaving].map(({ parent }) => parent));
    for (const parent of parents) {
      if (parent !== undefined) removeAll(parent.children, this.#leaving);
    }
    return this.#changed || this.#leaving.size > 0;
  }

  #visit(list: XcapElement): void {
    if (list.local !== "list" || list.ns !== resourceListsNamespace) return;
    const group = groupOf({ name: nameOf(list), displayName: displayNameOf(list) });
    if (group !== undefined && !this.#lists.has(group)) this.#lists.set(group, list);
    for (const each of xcapElements(list)) {
      this.#visit(each);
      if (group === undefined || each.local !== "entry" || each.ns !== resourceListsNamespace) continue;
      const contact = this.#naming.contactOf(attributeOf(each, { ns: "", local: "uri" })?.value.trim() ?? "");
      if (contact === undefined || contact === this.#owner) continue;
      const places = this.#places.get(contact);
      if (places === undefined) this.#places.set(contact, [{ entry: each, group }]);
      else places.push({ entry: each, group });
    }
  }

  /** One contact in the lists of its groups, and in no other group's. In a list of no group it may stay (Blink's). */
  #show(item: RosterItem, uri: string): void {
    const missing = new Set(item.groups.length === 0 ? [""] : item.groups);
    for (const { entry, group } of this.#places.get(item.contact) ?? []) {
      if (group !== "" && !item.groups.includes(group)) this.#leaving.add(entry);
      else {
        missing.delete(group);
        this.#rename(entry, item.name ?? "");
      }
    }
    for (const group of missing) {
      const list = this.#listOf(group);
      insertBefore(list, made(list, "entry", { uri }, item.name ?? ""));
      this.#changed = true;
    }
  }

  #rename(entry: XcapElement, name: string): void {
    if ((displayNameOf(entry) ?? "") === name) return;
    const old = xcapElements(entry).filter(isDisplayName);
    removeAll(entry.children, new Set(old));
    if (name !== "") entry.children.unshift(made(entry, "display-name", {}, undefined, name));
    this.#changed = true;
  }

  #listOf(group: string): XcapElement {
    const known = this.#lists.get(group);
    if (known !== undefined) return known;
    const name = listNameFor(group, this.#names);
    this.#names.add(name);
    const list = made(this.#root, "list", { name }, group === "" ? ungrouped.displayName : group);
    this.#root.children.push(list);
    this.#lists.set(group, list);
    return list;
  }
}

function nameOf(list: XcapElement): string | undefined {
  return attributeOf(list, { ns: "", local: "name" })?.value;
}

function isDisplayName(element: XcapElement): boolean {
  return element.local === "display-name" && element.ns === resourceListsNamespace;
}

function displayNameOf(element: XcapElement): string | undefined {
  return xcapElements(element)
    .find(isDisplayName)
    ?.children.filter((each) => typeof each === "string")
    .join("");
}

/** A new element of resource-lists within one that is, with its prefix. */
function made(
  parent: XcapElement,
  local: string,
  attributes: Readonly<Record<string, string>>,
  displayName?: string,
  text?: string,
): XcapElement {
  const element: XcapElement = {
    prefix: parent.prefix,
    local,
    ns: resourceListsNamespace,
    declared: new Map(),
    attributes: Object.entries(attributes).map(([name, value]) => ({ prefix: "", local: name, ns: "", value })),
    children: text === undefined ? [] : [text],
    parent,
  };
  if (displayName) element.children.push(made(element, "display-name", {}, undefined, displayName));
  return element;
}

/** RFC 4826 §3.2: what is somebody else's comes last in a list. */
function insertBefore(list: XcapElement, entry: XcapElement): void {
  const foreign = list.children.findIndex((each) => typeof each !== "string" && each.ns !== resourceListsNamespace);
  if (foreign < 0) list.children.push(entry);
  else list.children.splice(foreign, 0, entry);
}

function removeAll(children: (XcapElement | string)[], leaving: ReadonlySet<XcapElement>): void {
  let to = 0;
  for (const each of children) if (typeof each === "string" || !leaving.has(each)) children[to++] = each;
  children.length = to;
}
