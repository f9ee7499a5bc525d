import { type Fault, fault } from "../base/fault.ts";

const form =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:'([^']*)'|"([^"]*)")(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:'([^']*)'|"([^"]*)"))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:'(?:yes|no)'|"(?:yes|no)"))?[ \t\r\n]*\?>$/;

/** How an XML declaration begins; anything else after `<?` is a processing instruction. */
export const declarationStart = "<?xml";

/** Judges a whole XML declaration, from `<?xml` to its `?>` (XML 1.0 §2.8). */
export function declarationFault(text: string): Fault | undefined {
  const found = form.exec(text);
  if (found === null) return fault("xml-not-well-formed", "the XML declaration is malformed");
  const version = found[1] ?? found[2] ?? "";
  if (!/^1\.[0-9]+$/.test(version)) return fault("xml-not-well-formed", "the XML declaration names no version 1.x");
  const encoding = found[3] ?? found[4];
  if (encoding === undefined || encoding.toUpperCase() === "UTF-8") return undefined;
  return fault("xml-unsupported-encoding", "the XML declaration names another encoding than UTF-8"); // RFC 6120 §11.6
}
