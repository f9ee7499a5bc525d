import { type DomainName, parseDomainName } from "../base/domain-name.ts";
import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { Store } from "../base/store.ts";
import { installation } from "./sip-partner-record.ts";

/** A domain nobody may talk with, over XMPP or SIP, whatever else is configured: the deny list (SET-15). */
export type Denial = {
  /** Canonical: "theirs.example", or "*.theirs.example" for that domain and every domain under it (SET-89). */
  readonly domain: string;
  /** What is refused: what comes from there, what goes there, or both (SET-90). */
  readonly direction: "both" | "in" | "out";
};

/** What running nodes are told by that the deny list is another. */
export const denialSubject = "denial.changed";

const prefix = "denial/";
const directions = ["both", "in", "out"] as const;

export function denialName(domain: string): string {
  return `${prefix}${domain}`;
}

/** The canonical form of "Theirs.example" or "*.theirs.example". Fails with denial-unreadable. */
export function readDenied(text: string): Result<string> {
  const wide = text.startsWith("*.");
  const name = parseDomainName(wide ? text.slice(2) : text);
  return name.ok ? ok(`${wide ? "*." : ""}${name.value}`) : no(fault("denial-unreadable", text.slice(0, 100)));
}

/** Reads one from JSON, an administrator's or the store's. Fails with denial-unreadable. */
export function readDenial(value: unknown): Result<Denial> {
  const given = (typeof value === "object" && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  const domain = readDenied(typeof given.domain === "string" ? given.domain : "");
  if (!domain.ok) return domain;
  const direction = directions.find((each) => each === (given.direction ?? "both"));
  return direction === undefined
    ? no(fault("denial-unreadable", `direction: one of ${directions.join(", ")}`))
    : ok({ domain: domain.value, direction });
}

/** All that can be read, by domain. */
export async function storedDenials(store: Pick<Store, "documents">): Promise<readonly Denial[]> {
  const documents = await store.documents.list(installation);
  const denials = documents.flatMap(({ name, content }) => {
    if (!name.startsWith(prefix)) return [];
    try {
      const denial = readDenial(JSON.parse(new TextDecoder().decode(content)));
      return denial.ok ? [denial.value] : [];
    } catch {
      return [];
    }
  });
  return denials.sort((a, b) => (a.domain < b.domain ? -1 : 1));
}

/** The deny list, for looking up. */
export class Denials {
  readonly #rules: ReadonlyMap<string, Denial["direction"]>;

  constructor(list: readonly Denial[] = []) {
    this.#rules = new Map(list.map(({ domain, direction }) => [domain, direction]));
  }

  /** Whether what goes that way is refused; the closest entry counts: the domain itself, then the longest "*.". */
  refuses(domain: DomainName | string, way: "in" | "out"): boolean {
    if (this.#rules.size === 0) return false;
    let found = this.#rules.get(domain) ?? this.#rules.get(`*.${domain}`);
    for (let dot = domain.indexOf("."); found === undefined && dot !== -1; dot = domain.indexOf(".", dot + 1)) {
      found = this.#rules.get(`*${domain.slice(dot)}`);
    }
    return found === "both" || found === way;
  }
}
