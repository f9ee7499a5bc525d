const predefined: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const reference = /&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(\w+));/g;

/** Well-formed text with its references resolved (XML 1.0 §4.1, §4.6) and its line ends made one (§2.11). */
export function unescapeText(raw: string): string {
  const first = raw.indexOf("\r");
  return resolve(first === -1 ? raw : withPlainLines(raw, first));
}

/** CRLF, and CR alone, as LF; the first is known. Most texts with one are a line's end and the next one's indentation. */
function withPlainLines(raw: string, first: number): string {
  let text = "";
  let start = 0;
  for (let at = first; at !== -1; at = raw.indexOf("\r", start)) {
    text += `${raw.slice(start, at)}\n`;
    start = at + (raw.charCodeAt(at + 1) === 0x0a ? 2 : 1);
  }
  return text + raw.slice(start);
}

/** A well-formed attribute value, normalised as XML 1.0 §3.3.3 wants it: white space as it stands becomes a space. */
export function unescapeValue(raw: string): string {
  return resolve(/[\t\r\n]/.test(raw) ? raw.replace(/\r\n|[\t\r\n]/g, " ") : raw);
}

function resolve(raw: string): string {
  if (!raw.includes("&")) return raw;
  return raw.replace(reference, (_, hex?: string, decimal?: string, name = "") => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number.parseInt(decimal, 10));
    return predefined[name] ?? "";
  });
}
