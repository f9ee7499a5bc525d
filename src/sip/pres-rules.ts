import { parseDomainName } from "../base/domain-name.ts";
import type { Limits } from "../base/limits.ts";
import type { PrivacyEntry, PrivacyRules } from "../base/store.ts";
import { child, type Element, elements, textOf } from "../xml/element.ts";
import type { Naming } from "./contact-lists.ts";
import { type Conflict, conflict } from "./xcap-error.ts";

export const presRulesNamespace = "urn:ietf:params:xml:ns:pres-rules";
export const commonPolicyNamespace = "urn:ietf:params:xml:ns:common-policy";
const omaNamespace = "urn:oma:xml:xdm:common-policy";

/** RFC 5025 §3.2.1, weakest first: where two rules of one reach speak of somebody, the stronger holds. */
const handlings = ["block", "confirm", "polite-block", "allow"] as const;
type Handling = (typeof handlings)[number];

/** What of the world a document of rules leads to. */
export type PresRulesContext = {
  readonly naming: Naming;
  /** The URIs of a list of the owner's that an OMA rule names by its URL; undefined when there is none. */
  readonly listAt: (url: string) => readonly string[] | undefined;
};

/**
 * What a pres-rules document (RFC 5025, RFC 4745, with OMA's conditions that Blink writes) says of who may see a person:
 * - a rule for one person outweighs those for their domain, and both those for everybody, so nobody who was blocked by name is
 *   let in by a wider rule (stricter than RFC 5025, which takes the strongest of all);
 * - "block" and "polite-block" both hide the person, politely (SUB-07), and say nothing of messages; whoever no rule speaks of is
 *   asked for, as Kamailio does;
 * - transformations mean nothing, since all who may see a person see the same.
 * Conflict: schema-validation-error, or constraint-failure for what cannot be said here (times, spheres, too many).
 */
export function readPresRules(
  root: Element,
  context: PresRulesContext,
  limits: Pick<Limits, "privacyEntriesMax">,
): PrivacyRules | Conflict {
  if (root.name !== "ruleset" || root.ns !== commonPolicyNamespace) {
    return conflict("schema-validation-error", "another root element than ruleset");
  }
  const said = new Said(context);
  for (const rule of elements(root)) {
    if (rule.name !== "rule" || rule.ns !== commonPolicyNamespace) continue;
    const why = said.rule(rule);
    if (why !== undefined) return why;
    if (said.size > limits.privacyEntriesMax) return conflict("constraint-failure", "too many people and domains");
  }
  return said.rules();
}

/** OMA's rules name two; each costs a walk through the owner's lists. */
const listsMax = 20;

/** Everything the rules say, by how far it reaches. */
class Said {
  readonly #context: PresRulesContext;
  readonly #people = new Map<string, Handling>();
  readonly #domains = new Map<string, Handling>();
  #everybody: Handling | undefined;
  #lists = 0;

  constructor(context: PresRulesContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#people.size + this.#domains.size;
  }

  rule(rule: Element): Conflict | undefined {
    if (rule.attrs.id === undefined) return conflict("schema-validation-error", "a rule without id");
    const actions = child(rule, "actions", commonPolicyNamespace);
    const written = actions === undefined ? undefined : child(actions, "sub-handling", presRulesNamespace);
    const text = textOf(written).trim();
    // RFC 5025 §3.2.1: none is the weakest
    const handling = written === undefined ? "block" : handlings.find((each) => each === text);
    if (handling === undefined) return conflict("schema-validation-error", "a sub-handling RFC 5025 does not know");
    const conditions = child(rule, "conditions", commonPolicyNamespace);
    const all = conditions === undefined ? [] : elements(conditions);
    if (all.length === 0) {
      this.#everybody = stronger(this.#everybody, handling);
      return undefined;
    }
    // RFC 4745 §7: several conditions must all be met
    if (all.length > 1) return conflict("constraint-failure", "a rule with several conditions cannot be kept here");
    for (const condition of all) {
      const why = this.#condition(condition, handling);
      if (why !== undefined) return why;
    }
    return undefined;
  }

  #condition(condition: Element, handling: Handling): Conflict | undefined {
    switch (`${condition.ns} ${condition.name}`) {
      case `${commonPolicyNamespace} identity`:
        this.#identity(condition, handling);
        return undefined;
      case `${commonPolicyNamespace} sphere`:
      case `${commonPolicyNamespace} validity`:
        return conflict("constraint-failure", "rules for times or spheres cannot be kept here");
      case `${omaNamespace} other-identity`:
        this.#everybody = stronger(this.#everybody, handling);
        return undefined;
      case `${omaNamespace} external-list`:
        for (const entry of elements(condition)) {
          if (++this.#lists > listsMax) return conflict("constraint-failure", "too many lists");
          for (const uri of this.#context.listAt(entry.attrs.anc ?? "") ?? []) this.#person(uri, handling);
        }
        return undefined;
      default:
        // RFC 4745 §7: a condition nobody knows is never met; and nobody is anonymous here (OMA)
        return undefined;
    }
  }

  #identity(identity: Element, handling: Handling): void {
    for (const each of elements(identity)) {
      if (each.ns !== commonPolicyNamespace) continue;
      if (each.name === "one") this.#person(each.attrs.id ?? "", handling);
      else if (each.name === "many") this.#many(each, handling);
    }
  }

  /** RFC 4745 §7.1.1: everybody, or a domain, but for some. Those have rules of their own, or are asked for. */
  #many(many: Element, handling: Handling): void {
    const domain = domainOf(many);
    if (many.attrs.domain === undefined) this.#everybody = stronger(this.#everybody, handling);
    else if (domain !== undefined) this.#domains.set(domain, stronger(this.#domains.get(domain), handling));
    for (const except of elements(many)) {
      if (except.name !== "except" || except.ns !== commonPolicyNamespace) continue;
      const other = domainOf(except);
      if (except.attrs.id !== undefined) this.#person(except.attrs.id, undefined);
      else if (other !== undefined) this.#domains.set(other, this.#domains.get(other) ?? "confirm");
    }
  }

  #person(uri: string, handling: Handling | undefined): void {
    const contact = this.#context.naming.contactOf(uri.trim());
    if (contact === undefined) return;
    const before = this.#people.get(contact);
    this.#people.set(contact, handling === undefined ? (before ?? "confirm") : stronger(before, handling));
  }

  rules(): PrivacyRules | Conflict {
    const everybody = ruleFor(this.#everybody ?? "confirm");
    const entries: PrivacyEntry[] = [];
    for (const [who, handling] of [...this.#domains, ...this.#people]) {
      const rule = ruleFor(handling);
      const domain = this.#domains.get(who.slice(who.indexOf("@") + 1));
      const wider = who.includes("@") && domain !== undefined ? ruleFor(domain) : everybody;
      if (rule !== "ask") entries.push({ who, rule });
      else if (wider !== "ask") {
        return conflict("constraint-failure", "to be asked for some is only possible where it is so for everybody");
      }
    }
    return { otherwise: everybody === "hide" ? "block" : everybody, entries };
  }
}

function domainOf({ attrs }: Element): string | undefined {
  const domain = parseDomainName((attrs.domain ?? "").trim());
  return domain.ok ? domain.value : undefined;
}

function stronger(a: Handling | undefined, b: Handling): Handling {
  return a !== undefined && handlings.indexOf(a) > handlings.indexOf(b) ? a : b;
}

function ruleFor(handling: Handling): "ask" | "allow" | "hide" {
  if (handling === "confirm") return "ask";
  return handling === "allow" ? "allow" : "hide";
}
