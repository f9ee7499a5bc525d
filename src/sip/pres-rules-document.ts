import type { PrivacyRules } from "../base/store.ts";
import { escapeXml } from "../xml/writer.ts";
import type { Naming } from "./contact-lists.ts";
import { commonPolicyNamespace, presRulesNamespace } from "./pres-rules.ts";

const handlingFor = { allow: "allow", block: "polite-block", ask: "confirm" } as const;

/**
 * Writes who may see a person as a pres-rules document (RFC 5025), so that it says the same to those who take the strongest
 * rule of all: a wider rule excepts whomever a narrower one speaks of.
 */
export function writePresRules(rules: PrivacyRules, naming: Naming): string {
  const people: { readonly uri: string; readonly domain: string; readonly rule: "allow" | "block" }[] = [];
  const domains: { readonly domain: string; readonly rule: "allow" | "block" }[] = [];
  for (const { who, rule: kept } of rules.entries) {
    if (who.includes("/")) continue; // one device: its person is spoken of, or not, by another entry
    const rule = kept === "allow" ? "allow" : "block";
    const at = who.indexOf("@");
    const uri = at < 0 ? undefined : naming.uriOf(who);
    if (at < 0) domains.push({ domain: who, rule });
    else if (uri !== undefined) people.push({ uri, domain: who.slice(at + 1), rule });
  }
  const exceptPeople = (of: string | undefined): string =>
    people
      .filter(({ domain }) => of === undefined || domain === of)
      .map(({ uri }) => `<except id="${escapeXml(uri)}"/>`)
      .join("");
  let text =
    `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<ruleset xmlns="${commonPolicyNamespace}" xmlns:pr="${presRulesNamespace}">`;
  for (const rule of ["allow", "block"] as const) {
    let identity = "";
    for (const each of people) if (each.rule === rule) identity += `<one id="${escapeXml(each.uri)}"/>`;
    for (const each of domains) {
      if (each.rule !== rule) continue;
      identity += `<many domain="${escapeXml(each.domain)}">${exceptPeople(each.domain)}</many>`;
    }
    if (identity !== "") text += ruleText(rule, identity, handlingFor[rule]);
  }
  const exceptDomains = domains.map(({ domain }) => `<except domain="${escapeXml(domain)}"/>`).join("");
  text += ruleText(
    "otherwise",
    `<many>${exceptDomains}${exceptPeople(undefined)}</many>`,
    handlingFor[rules.otherwise],
  );
  return `${text}</ruleset>\n`;
}

/** One rule. All who may see a person see everything (RFC 5025 §3.3.1). */
function ruleText(id: string, identity: string, handling: "allow" | "polite-block" | "confirm"): string {
  const provide =
    handling === "allow"
      ? "<transformations><pr:provide-devices><pr:all-devices/></pr:provide-devices>" +
        "<pr:provide-persons><pr:all-persons/></pr:provide-persons>" +
        "<pr:provide-services><pr:all-services/></pr:provide-services><pr:provide-all-attributes/></transformations>"
      : "";
  return (
    `<rule id="${id}"><conditions><identity>${identity}</identity></conditions>` +
    `<actions><pr:sub-handling>${handling}</pr:sub-handling></actions>${provide}</rule>`
  );
}

/** Whether two sets of rules let the same people see. The order of their entries means nothing. */
export function sameRules(a: PrivacyRules, b: PrivacyRules): boolean {
  if (a.otherwise !== b.otherwise || a.entries.length !== b.entries.length) return false;
  const said = new Map(a.entries.map(({ who, rule }) => [who, rule]));
  return b.entries.every(({ who, rule }) => said.get(who) === rule);
}
