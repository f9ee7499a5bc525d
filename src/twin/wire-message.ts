/** One header line as it stood on the wire: the name in its own spelling, the value trimmed and unfolded. */
export type HeaderLine = readonly [name: string, value: string];

/**
 * A SIP message as a stand-in sees it. Nothing here comes from `src/sip`: a partner who shared our parser would share its
 * mistakes, and no rehearsal would show them.
 */
export type WireMessage = {
  /** Of a request; "" for a response. */
  readonly method: string;
  readonly uri: string;
  /** Of a response; 0 for a request. */
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly HeaderLine[];
  readonly body: Buffer;
};

/** The compact names of RFC 3261 §7.3.3 and of RFC 6665, in full. */
export const compactNames: Readonly<Record<string, string>> = {
  a: "accept-contact",
  b: "referred-by",
  c: "content-type",
  e: "content-encoding",
  f: "from",
  i: "call-id",
  k: "supported",
  l: "content-length",
  m: "contact",
  o: "event",
  r: "refer-to",
  s: "subject",
  t: "to",
  u: "allow-events",
  v: "via",
  x: "session-expires",
};

/** A header's name in small letters and in full. */
export function plainName(name: string): string {
  const small = name.toLowerCase();
  return compactNames[small] ?? small;
}

/** The values of every line of that name (small letters, in full), as they stood. */
export function linesOf(message: WireMessage, name: string): readonly string[] {
  return message.headers.filter(([each]) => plainName(each) === name).map(([, value]) => value);
}

/** The first value of that name; "" when there is none. */
export function lineOf(message: WireMessage, name: string): string {
  return message.headers.find(([each]) => plainName(each) === name)?.[1] ?? "";
}

/** The values of that name over all lines, parted at the commas that are outside quotes and angle brackets. */
export function valuesOf(message: WireMessage, name: string): readonly string[] {
  return linesOf(message, name).flatMap(parted);
}

function parted(line: string): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  let quoted = false;
  let angled = false;
  for (let at = 0; at < line.length; at++) {
    const character = line[at];
    if (quoted) {
      if (character === "\\") at++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "<") angled = true;
    else if (character === ">") angled = false;
    else if (character === "," && !angled) {
      parts.push(line.slice(from, at).trim());
      from = at + 1;
    }
  }
  parts.push(line.slice(from).trim());
  return parts.filter((part) => part !== "");
}

/** A CSeq in its two parts; number -1 when there is none. */
export function cseqOf(message: WireMessage): { readonly number: number; readonly method: string } {
  const [number = "", method = ""] = lineOf(message, "cseq").split(/[ \t]+/);
  return { number: /^\d{1,10}$/.test(number) ? Number(number) : -1, method };
}

/** Writes start line, headers in the order given, the length, the body. */
export function writeWire(start: string, headers: readonly HeaderLine[], body: Uint8Array): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = `${start}\r\n${lines}Content-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}
