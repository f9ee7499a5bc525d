import type { Limits } from "../base/limits.ts";
import type { RosterItem } from "../base/store.ts";
import type { ListMember, ResourceList } from "./resource-lists.ts";
import { type Conflict, conflict } from "./xcap-error.ts";

/** How people are called in SIP documents: between a roster's bare addresses and URIs. */
export type Naming = {
  /** "bob@theirs.example" → "sip:bob@theirs.example"; undefined for what has no SIP address, such as a domain alone. */
  readonly uriOf: (contact: string) => string | undefined;
  /** The other way, for every spelling of a URI; undefined for what is no person's (tel:). */
  readonly contactOf: (uri: string) => string | undefined;
};

/** What becomes of a roster. A set replaces name and groups and leaves subscriptions alone (RFC 6121 §2.3). */
export type RosterEdit =
  | { readonly kind: "set"; readonly contact: string; readonly name: string; readonly groups: readonly string[] }
  | { readonly kind: "remove"; readonly contact: string };

/** The list for contacts without a group. */
export const ungrouped = { name: "contacts", displayName: "Contacts" } as const;

/**
 * Lists whose entries are in no group by that: ours, OMA's, Jitsi's root, and the one Blink puts all in whom it watches.
 */
const ungroupedNames: ReadonlySet<string> = new Set([
  ungrouped.name,
  "oma_buddylist",
  "RootGroup",
  "sipsimple_presence_rls",
  "sipsimple_addressbook",
]);

/** Lists that say who may see or call whom, and nothing of contacts: OMA's and Blink's. */
function saysPolicy(name: string): boolean {
  return (name.startsWith("oma_") && name !== "oma_buddylist") || /^(?:dialog_|sipsimple_dialog_)/.test(name);
}

/**
 * The roster group a list stands for: its display name, else its name; "" for none, undefined when it is no list of contacts.
 */
export function groupOf(list: Pick<ResourceList, "name" | "displayName">): string | undefined {
  const name = list.name ?? "";
  if (saysPolicy(name)) return undefined;
  if (ungroupedNames.has(name)) return "";
  return list.displayName || name;
}

/** The name a new list for a group gets: the group's, unless that means something else or is taken. */
export function listNameFor(group: string, taken: ReadonlySet<string>): string {
  const plain = group !== "" && (ungroupedNames.has(group) || saysPolicy(group)) ? `group ${group}` : group;
  let name = group === "" ? ungrouped.name : plain;
  for (let count = 2; taken.has(name); count++) name = `${plain} ${count}`;
  return name;
}

type Wanted = { readonly groups: Set<string>; readonly names: string[] };

/**
 * What a client's resource-lists document makes of the roster it showed (RFC 4826 §3): who is on it is a contact, who was and is
 * not any more is none. `items` are those the roster shows. A contact's groups are the lists it is in; its name is its
 * display-name, and where there is none the name it had, since Blink writes none. Conflict: constraint-failure, when the roster
 * may not be so.
 */
export function rosterEdits(
  items: Iterable<RosterItem>,
  lists: readonly ResourceList[],
  owner: string,
  naming: Naming,
  limits: Pick<Limits, "rosterItemsMax" | "rosterNameBytesMax" | "rosterGroupsMax">,
): readonly RosterEdit[] | Conflict {
  const wanted = wantedContacts(lists, owner, naming);
  if (wanted.size > limits.rosterItemsMax) return conflict("constraint-failure", "too many contacts");
  const edits: RosterEdit[] = [];
  const known = new Map<string, RosterItem>();
  for (const item of items) {
    known.set(item.contact, item);
    // What no document can show cannot be missing from one
    const shownAs = naming.uriOf(item.contact) !== undefined && item.contact !== owner;
    if (shownAs && !wanted.has(item.contact)) edits.push({ kind: "remove", contact: item.contact });
  }
  const tooLong = (text: string): boolean => Buffer.byteLength(text) > limits.rosterNameBytesMax;
  for (const [contact, { groups, names }] of wanted) {
    const item = known.get(contact);
    const before = item?.name ?? "";
    // One renamed in one of its lists is renamed
    const name = names.find((each) => each !== before) ?? before;
    if (tooLong(name) || [...groups].some(tooLong)) return conflict("constraint-failure", "a name is too long");
    if (groups.size > limits.rosterGroupsMax) return conflict("constraint-failure", "a contact is in too many lists");
    const same = item !== undefined && item.name === name && sameSet(groups, item.groups);
    if (!same) edits.push({ kind: "set", contact, name, groups: [...groups] });
  }
  return edits;
}

function wantedContacts(lists: readonly ResourceList[], owner: string, naming: Naming): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  const visit = (list: ResourceList): void => {
    const group = groupOf(list);
    if (group !== undefined) for (const member of list.members) add(member, group);
    for (const member of list.members) if (member.kind === "list") visit(member.list);
  };
  const add = (member: ListMember, group: string): void => {
    const contact = member.kind === "entry" ? naming.contactOf(member.uri) : undefined;
    if (contact === undefined || contact === owner || member.kind !== "entry") return;
    let one = wanted.get(contact);
    if (one === undefined) {
      one = { groups: new Set(), names: [] };
      wanted.set(contact, one);
    }
    if (group !== "") one.groups.add(group);
    if (member.displayName !== undefined) one.names.push(member.displayName);
  };
  for (const list of lists) visit(list);
  return wanted;
}

function sameSet(set: ReadonlySet<string>, list: readonly string[]): boolean {
  return set.size === list.length && list.every((each) => set.has(each));
}
