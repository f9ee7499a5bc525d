import { hex } from "../base/bytes.ts";
import { type Der, derTag, inside, oidFrom, textFrom } from "./der.ts";

/** Who a certificate is about, or who issued it (RFC 5280 §4.1.2.4, §4.1.2.6). */
export type DistinguishedName = {
  /** To read, most particular part first (RFC 4514): "CN=ours.example, O=Ours". Control characters are escaped. */
  readonly text: string;
  /** To compare (RFC 5280 §7.1): equal names have equal keys; an upper part's key is a prefix, cut at a line end. */
  readonly key: string;
  /** The last commonName, as it stands. */
  readonly commonName: string | undefined;
};

const shortNames: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.5": "serialNumber",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "0.9.2342.19200300.100.1.1": "UID",
  "0.9.2342.19200300.100.1.25": "DC",
  "1.2.840.113549.1.9.1": "emailAddress",
};

/** Reads a Name. Undefined when it is malformed. */
export function readName(der: Der | undefined): DistinguishedName | undefined {
  if (der?.tag !== derTag.sequence) return undefined;
  const parts: { readonly text: string; readonly key: string }[] = [];
  let commonName: string | undefined;
  for (const set of inside(der) ?? [undefined]) {
    if (set?.tag !== derTag.set) return undefined;
    const attributes: { readonly text: string; readonly key: string }[] = [];
    for (const attribute of inside(set) ?? [undefined]) {
      const [type, value, ...more] = inside(attribute) ?? [];
      const oid = oidFrom(type);
      if (oid === undefined || value === undefined || more.length > 0) return undefined;
      const text = textFrom(value);
      const name = shortNames[oid] ?? oid;
      if (name === "CN" && text !== undefined) commonName = text;
      attributes.push({
        text: `${name}=${escaped(text ?? `#${hex(value.whole)}`)}`,
        key: `${oid}=${keyOf(value, text)}`,
      });
    }
    if (attributes.length === 0) return undefined;
    parts.push({
      text: attributes.map((one) => one.text).join("+"),
      key: attributes
        .map((one) => one.key)
        .sort()
        .join("+"),
    });
  }
  return {
    text: parts
      .map((one) => one.text)
      .reverse()
      .join(", "),
    key: parts.map((one) => one.key).join("\n"),
    commonName,
  };
}

/** RFC 5280 §7.1: strings compare without regard to case, width and runs of spaces, whatever string type holds them. */
function keyOf(value: Der, text: string | undefined): string {
  if (text === undefined) return `#${hex(value.whole)}`;
  return JSON.stringify(text.normalize("NFKC").trim().replace(/\s+/g, " ").toLowerCase());
}

function escaped(text: string): string {
  return printable(text.replace(/[,+"\\<>;]/g, (character) => `\\${character}`));
}

// Controls, and the marks that turn the direction of writing: a name in a log must not rearrange the log.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Text from a certificate, fit for a log line or a terminal: nothing that acts, and no longer than 200 characters. */
export function printable(text: string): string {
  const safe = text.replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return safe.length > 200 ? `${safe.slice(0, 200)}…` : safe;
}
