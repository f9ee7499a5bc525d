import type { Element } from "../xml/element.ts";
import { presRulesNamespace } from "./pres-rules.ts";
import { type ResourceList, resourceListsNamespace, resourceListsOf, resourceListsType } from "./resource-lists.ts";
import { readRlsServices, rlsServicesNamespace } from "./rls-services.ts";
import type { XcapElement } from "./xcap-document.ts";
import type { ChildRank } from "./xcap-edit.ts";
import { type Conflict, conflict } from "./xcap-error.ts";

/** One application usage (RFC 4825 §5). */
export type XcapUsage = {
  readonly auid: string;
  /** The name its documents are kept by: two usages of one name are one. */
  readonly keptAs: string;
  /** The default document namespace (§5.2). */
  readonly namespace: string;
  readonly contentType: string;
  /** What every document of the usage must be (§5.3): the schema as far as it can do harm, and what is unique. */
  readonly check: (root: Element) => Conflict | undefined;
  readonly rank: ChildRank;
};

const presRules = {
  keptAs: "pres-rules",
  namespace: presRulesNamespace,
  contentType: "application/auth-policy+xml",
  // the view of them says what is wrong
  check: () => undefined,
  rank: ranks({ conditions: 0, actions: 1, transformations: 2 }),
} as const;

const usages: readonly XcapUsage[] = [
  {
    auid: "resource-lists",
    keptAs: "resource-lists",
    namespace: resourceListsNamespace,
    contentType: resourceListsType,
    check: checkResourceLists,
    // RFC 4826 §3.2: the display name comes first, what is somebody else's last
    rank: ranks({ "display-name": 0, list: 1, entry: 1, "entry-ref": 1, external: 1 }),
  },
  {
    auid: "rls-services",
    keptAs: "rls-services",
    namespace: rlsServicesNamespace,
    contentType: "application/rls-services+xml",
    check: (root) => conflictIn(readRlsServices(root)),
    rank: ranks({ "resource-list": 0, list: 0, packages: 1, service: 0 }),
  },
  { auid: "pres-rules", ...presRules },
  // OMA's name for them (XDM pres-rules), and the only one Blink asks for
  { auid: "org.openmobilealliance.pres-rules", ...presRules },
  {
    auid: "pidf-manipulation", // RFC 4827
    keptAs: "pidf-manipulation",
    namespace: "urn:ietf:params:xml:ns:pidf",
    contentType: "application/pidf+xml",
    check: rootMustBe("presence", "urn:ietf:params:xml:ns:pidf"),
    rank: ranks({ tuple: 0, note: 1 }),
  },
  {
    auid: "org.openmobilealliance.pres-content", // pictures: OMA pres-content
    keptAs: "org.openmobilealliance.pres-content",
    namespace: "urn:oma:xml:prs:pres-content",
    contentType: "application/vnd.oma.pres-content+xml",
    check: rootMustBe("content", "urn:oma:xml:prs:pres-content"),
    rank: ranks({ "mime-type": 0, encoding: 1, description: 2, data: 3 }),
  },
];

const byAuid: ReadonlyMap<string, XcapUsage> = new Map(usages.map((usage) => [usage.auid, usage]));

/** The usage of an AUID; undefined for one that is not served. */
export function usageOf(auid: string): XcapUsage | undefined {
  return byAuid.get(auid);
}

/** The namespace of xcap-caps (RFC 4825 §12.1). */
export const xcapCapsNamespace = "urn:ietf:params:xml:ns:xcap-caps";

/** What this server can do, as the one global document says (RFC 4825 §12): the usages and their namespaces. */
export const xcapCaps: { readonly contentType: string; readonly text: string } = {
  contentType: "application/xcap-caps+xml",
  text:
    `<?xml version="1.0" encoding="UTF-8"?>\n<xcap-caps xmlns="${xcapCapsNamespace}"><auids>` +
    ["xcap-caps", ...byAuid.keys()].map((auid) => `<auid>${auid}</auid>`).join("") +
    "</auids><extensions/><namespaces>" +
    [...new Set([xcapCapsNamespace, ...usages.map(({ namespace }) => namespace)])]
      .map((namespace) => `<namespace>${namespace}</namespace>`)
      .join("") +
    "</namespaces></xcap-caps>\n",
};

/** Ranks of children by local name, for those of their parent's namespace; others come last. */
function ranks(table: Readonly<Record<string, number>>): ChildRank {
  return (parent: XcapElement, each: XcapElement) =>
    each.ns === parent.ns && Object.hasOwn(table, each.local) ? table[each.local] : undefined;
}

function rootMustBe(name: string, ns: string): (root: Element) => Conflict | undefined {
  return (root) =>
    root.name === name && root.ns === ns
      ? undefined
      : conflict("schema-validation-error", `another root element than ${name}`);
}

function conflictIn<T extends object>(value: T | Conflict): Conflict | undefined {
  return "kind" in value ? value : undefined;
}

/** RFC 4826 §3.4.5: no two lists of one name side by side, no two entries of one URI in a list; §3.4.6: what may be referred to. */
function checkResourceLists(root: Element): Conflict | undefined {
  const lists = resourceListsOf(root);
  if (!lists.ok) return conflict("schema-validation-error", lists.fault.detail);
  return checkLists(lists.value, "/resource-lists") ?? undefined;
}

function checkLists(lists: readonly ResourceList[], path: string): Conflict | undefined {
  const names = new Set<string>();
  for (const [index, list] of lists.entries()) {
    const here = `${path}/list[${index + 1}]`;
    if (list.name !== undefined && names.has(list.name)) {
      return { kind: "uniqueness-failure", field: `${here}/@name`, phrase: "two lists of one name" };
    }
    if (list.name !== undefined) names.add(list.name);
    const why = checkMembers(list, here);
    if (why !== undefined) return why;
  }
  return undefined;
}

function checkMembers({ members }: ResourceList, path: string): Conflict | undefined {
  const seen = new Set<string>();
  const inside: ResourceList[] = [];
  for (const member of members) {
    if (member.kind === "list") {
      inside.push(member.list);
      continue;
    }
    const value = member.kind === "entry" ? member.uri : member.kind === "external" ? member.anchor : member.ref;
    if (member.kind === "external" && value !== "" && !/^https?:\/\/\S+$/i.test(value)) {
      return conflict("constraint-failure", "an external list's anchor is an absolute URL");
    }
    if (member.kind === "entry-ref" && /^(?:[a-z][-a-z0-9+.]*:|\/)/i.test(value)) {
      return conflict("constraint-failure", "an entry-ref is a relative path");
    }
    const key = `${member.kind} ${value}`;
    if (seen.has(key))
      return { kind: "uniqueness-failure", field: `${path}/${member.kind}`, phrase: "two entries of one URI" };
    seen.add(key);
  }
  return checkLists(inside, path);
}
