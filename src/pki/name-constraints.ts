import { asciiOf, parseDomainName } from "../base/domain-name.ts";
import { type Der, derTag, inside } from "./der.ts";
import { readName } from "./distinguished-name.ts";
import { type GeneralName, type Names, readGeneralName } from "./general-names.ts";

/** What names a CA may vouch for (RFC 5280 §4.2.1.10). */
export type NameConstraints = {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
};

/** NameConstraints ::= SEQUENCE { permittedSubtrees [0] OPTIONAL, excludedSubtrees [1] OPTIONAL } */
export function readNameConstraints(value: Der): NameConstraints | undefined {
  const parts = value.tag === derTag.sequence ? inside(value) : undefined;
  if (parts === undefined || parts.some(({ tag }) => tag !== 0xa0 && tag !== 0xa1)) return undefined;
  const permitted = readSubtrees(parts.find(({ tag }) => tag === 0xa0));
  const excluded = readSubtrees(parts.find(({ tag }) => tag === 0xa1));
  return permitted === undefined || excluded === undefined ? undefined : { permitted, excluded };
}

/** GeneralSubtree ::= SEQUENCE { base, minimum [0] DEFAULT 0, maximum [1] OPTIONAL }; RFC 5280 wants only the base. */
function readSubtrees(der: Der | undefined): readonly GeneralName[] | undefined {
  if (der === undefined) return [];
  const subtrees = inside(der)?.map((subtree) => {
    const [base, ...more] = inside(subtree) ?? [];
    return base === undefined || more.length > 0 ? undefined : readGeneralName(base);
  });
  const known = subtrees?.filter((base) => base !== undefined);
  return known === undefined || known.length === 0 || known.length !== subtrees?.length ? undefined : known;
}

/** What a certificate is called, as far as constraints ask. */
export type Named = { readonly names: Names; readonly subjectKey: string; readonly commonName: string | undefined };

/**
 * Why these constraints forbid this certificate, in words; undefined when they do not. SRVName and XmppAddr are held to
 * the dNSName constraints too, and so is a common name that stands in for a dNSName: RFC 5280 leaves each form to itself,
 * but a CA that may vouch only for one domain by DNS name must not vouch for another by a second form.
 */
export function forbiddenName(constraints: NameConstraints, certificate: Named): string | undefined {
  const { names, subjectKey, commonName } = certificate;
  const domains = [
    ...names.dns,
    ...names.srv.map((srv) => srv.slice(srv.indexOf(".") + 1)),
    ...names.xmppAddr.map((address) => address.replace(/^[^@/]*@/, "").replace(/\/.*$/s, "")),
    ...(names.dns.length === 0 && commonName !== undefined && /^[\w*-]+(?:\.[\w-]+)+$/.test(commonName)
      ? [commonName]
      : []),
  ].map((domain) => asciiDomain(domain));
  const ofKind = (list: readonly GeneralName[], kind: string): readonly GeneralName[] =>
    list.filter((base) => (base.kind === "other" ? base.text : base.kind) === kind);
  const check = (kind: string, values: readonly string[], covers: (base: GeneralName, value: string) => Cover) => {
    const permitted = ofKind(constraints.permitted, kind);
    const excluded = ofKind(constraints.excluded, kind);
    return values.find(
      (value) =>
        (permitted.length > 0 && !permitted.some((base) => covers(base, value) === "all")) ||
        excluded.some((base) => covers(base, value) !== "none"),
    );
  };
  const subject = subjectKey === "" ? [] : [subjectKey];
  const wrong =
    check("dns", domains, coversDomain) ??
    check("ip", names.ip, coversAddress) ??
    check("directoryName", subject, coversSubject);
  if (wrong !== undefined) return wrong === subjectKey ? "its subject" : wrong;
  // RFC 5280 §4.2.1.10: a constraint on a form that cannot be judged here refuses certificates with a name of that form.
  const unjudged = [
    ...(["email", "uri", "srv", "xmppAddr"] as const).filter((kind) => names[kind].length > 0),
    ...names.other,
  ];
  const kinds = [...constraints.permitted, ...constraints.excluded].map((b) => (b.kind === "other" ? b.text : b.kind));
  return unjudged.find((kind) => kinds.includes(kind));
}

function asciiDomain(text: string): string {
  const parsed = parseDomainName(text);
  return parsed.ok ? asciiOf(parsed.value) : text.toLowerCase();
}

/** Whether a base covers all that a name may stand for, some of it (a wildcard), or none. */
type Cover = "all" | "some" | "none";

function coversDomain({ text }: GeneralName, domain: string): Cover {
  const base = text.toLowerCase();
  const wildcard = domain.startsWith("*.");
  const name = wildcard ? domain.slice(2) : domain;
  // With a leading dot only what is below the base is meant: not in RFC 5280, but found in the wild.
  if (base.startsWith(".")) return name.endsWith(base) || (wildcard && `.${name}` === base) ? "all" : "none";
  if (base === "" || name === base || name.endsWith(`.${base}`)) return "all";
  return wildcard && base.endsWith(`.${name}`) && !base.slice(0, -name.length - 1).includes(".") ? "some" : "none";
}

/** RFC 5280 §4.2.1.10: an address and a mask, in 8 or 32 bytes. */
function coversAddress({ der }: GeneralName, address: string): Cover {
  const bytes = addressBytes(address);
  const size = bytes.length;
  if (size === 0 || der.value.byteLength !== 2 * size) return "none";
  const same = bytes.every((byte, at) => {
    const mask = der.value[size + at] ?? 0;
    return (byte & mask) === ((der.value[at] ?? 0) & mask);
  });
  return same ? "all" : "none";
}

function addressBytes(text: string): readonly number[] {
  if (text.startsWith("#")) return [];
  if (!text.includes(":")) return text.split(".").map(Number);
  return text.split(":").flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]);
}

/** A directoryName constraint holds the subject: the base is its beginning. */
function coversSubject({ der }: GeneralName, subjectKey: string): Cover {
  const base = readName(inside(der)?.[0])?.key;
  if (base === undefined) return "none";
  return base === "" || subjectKey === base || subjectKey.startsWith(`${base}\n`) ? "all" : "none";
}
