import type { Address } from "../base/address.ts";
import type { RosterItem } from "../base/store.ts";
import { child, type Element, elements, textOf } from "../xml/element.ts";
import { escapeXml } from "../xml/writer.ts";
import type { Naming } from "./contact-lists.ts";
import { listOf, type ResourceList, resourceListsNamespace } from "./resource-lists.ts";
import { type Conflict, conflict } from "./xcap-error.ts";

export const rlsServicesNamespace = "urn:ietf:params:xml:ns:rls-services";

/**
 * The URI under which a person's contacts are watched all at once: "sip:alice+presence@ours.example". Blink subscribes to that one
 * and takes no other; Linphone sends its own list to whatever URI it was told, this one among them. `uri` is the person's own.
 */
export function contactsUri(uri: string): string {
  return listUri(uri, "presence");
}

function listUri(uri: string, name: string): string {
  const at = uri.indexOf("@");
  return `${uri.slice(0, at)}+${name}${uri.slice(at)}`;
}

/**
 * Whose list a local name means, and which: "alice+presence" is "presence" of alice. Undefined when it means none. Ask for an
 * account of the whole name first: it may be a person's.
 */
export function listMeant(local: string): { readonly owner: string; readonly name: string } | undefined {
  const plus = local.lastIndexOf("+");
  return plus > 0 && plus < local.length - 1 ? { owner: local.slice(0, plus), name: local.slice(plus + 1) } : undefined;
}

/** The name of the list that stands for all contacts. */
export const contactsList = "presence";

/** One service of an rls-services document (RFC 4826 §4.2). */
export type RlsService = {
  readonly uri: string;
  /** The list itself, or the URL of one. */
  readonly list: ResourceList | string;
  /** Event packages; empty for all. */
  readonly packages: readonly string[];
};

/**
 * Reads an rls-services document (RFC 4826 §4). Conflicts: schema-validation-error; uniqueness-failure for a URI that stands twice
 * (§4.4.5); constraint-failure for a list's URL that is none (§4.4.4).
 */
export function readRlsServices(root: Element): readonly RlsService[] | Conflict {
  if (root.name !== "rls-services" || root.ns !== rlsServicesNamespace) {
    return conflict("schema-validation-error", "another root element than rls-services");
  }
  const services: RlsService[] = [];
  const seen = new Set<string>();
  for (const each of elements(root)) {
    if (each.ns !== rlsServicesNamespace) continue;
    const service = serviceOf(each);
    if ("kind" in service) return service;
    if (seen.has(service.uri)) {
      const field = `/rls-services/service[${services.length + 1}]/@uri`;
      return { kind: "uniqueness-failure", field, phrase: "two services of one URI" };
    }
    seen.add(service.uri);
    services.push(service);
  }
  return services;
}

function serviceOf(element: Element): RlsService | Conflict {
  const { uri } = element.attrs;
  if (element.name !== "service" || uri === undefined) {
    return conflict("schema-validation-error", "something but services with a uri");
  }
  const packages: string[] = [];
  const listed = child(element, "packages", rlsServicesNamespace);
  for (const each of listed === undefined ? [] : elements(listed)) {
    if (each.name === "package" && each.ns === rlsServicesNamespace) packages.push(textOf(each).trim());
  }
  const reference = child(element, "resource-list", rlsServicesNamespace);
  if (reference !== undefined) {
    const url = textOf(reference).trim();
    if (!/^https?:\/\/[^\s]+$/i.test(url)) return conflict("constraint-failure", "a resource-list that is no URL");
    return { uri: uri.trim(), list: url, packages };
  }
  // RFC 4826 §4.2: the element is of this namespace, what is in it of resource-lists; some write it so, too
  const own = child(element, "list", rlsServicesNamespace) ?? child(element, "list", resourceListsNamespace);
  if (own === undefined) return conflict("schema-validation-error", "a service without a list");
  const list = listOf(own);
  if (!list.ok) return conflict("schema-validation-error", list.fault.detail);
  return { uri: uri.trim(), list: list.value, packages };
}

/**
 * What may be a person's service: a list of their own name ("alice+friends"), so that nobody takes an address that is, or will
 * be, somebody else's. Conflict: constraint-failure.
 */
export function servicesOfOwner(services: readonly RlsService[], owner: Address, naming: Naming): Conflict | undefined {
  const foreign = services.find(({ uri }) => {
    const contact = naming.contactOf(uri);
    const at = contact?.lastIndexOf("@") ?? -1;
    if (contact === undefined || contact.slice(at + 1) !== owner.domain) return true;
    return listMeant(contact.slice(0, at))?.owner !== owner.local;
  });
  return foreign && conflict("constraint-failure", `a service's URI begins with your own name and "+"`);
}

/** The document there is when nobody has written one: one service, all contacts. `uri` is the owner's. */
export function writeRlsServices(uri: string, items: Iterable<RosterItem>, naming: Naming): string {
  let entries = "";
  for (const { contact, name } of items) {
    const entry = naming.uriOf(contact);
    if (entry === undefined) continue;
    entries += `<rl:entry uri="${escapeXml(entry)}">`;
    if (name) entries += `<rl:display-name>${escapeXml(name)}</rl:display-name>`;
    entries += "</rl:entry>";
  }
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<rls-services xmlns="${rlsServicesNamespace}" xmlns:rl="${resourceListsNamespace}">` +
    `<service uri="${escapeXml(contactsUri(uri))}"><list>${entries}</list>` +
    "<packages><package>presence</package></packages></service></rls-services>\n"
  );
}
