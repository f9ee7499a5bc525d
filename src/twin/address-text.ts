/** A value of From, To, Contact, Route: what is shown, the URI as written, and the header's own parameters. */
export type AddressText = {
  readonly display: string;
  readonly uri: string;
  readonly parameters: ReadonlyMap<string, string>;
};

/** Reads `"Alice" <sip:alice@contoso.example>;tag=1`, with or without the brackets. What is not there is "". */
export function readAddress(value: string): AddressText {
  const open = outsideQuotes(value, "<");
  const close = value.indexOf(">", open);
  if (open >= 0 && close > open) {
    const display = value.slice(0, open).trim().replace(/^"|"$/g, "");
    return { display, uri: value.slice(open + 1, close), parameters: readParameters(value.slice(close + 1)) };
  }
  const semicolon = value.indexOf(";");
  const uri = (semicolon < 0 ? value : value.slice(0, semicolon)).trim();
  return { display: "", uri, parameters: readParameters(semicolon < 0 ? "" : value.slice(semicolon)) };
}

/** `;a=b;c="d;e"` by name; quotes are taken off, a parameter without value is "". */
export function readParameters(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, name = "", value = ""] of text.matchAll(/;\s*([^\s;="]+)(?:\s*=\s*("(?:[^"\\]|\\.)*"|[^;"]*))?/g)) {
    found.set(name.toLowerCase(), value.startsWith('"') ? value.slice(1, -1) : value.trim());
  }
  return found;
}

/** The parameters of a URI, which stand behind its host. */
export function uriParameters(uri: string): ReadonlyMap<string, string> {
  const semicolon = uri.indexOf(";", uri.indexOf("@") + 1);
  return readParameters(semicolon < 0 ? "" : uri.slice(semicolon));
}

/** "bob@ours.example" of `sip:Bob@Ours.example:5061;transport=tls`, in small letters; "" when it is nobody's. */
export function personIn(uri: string): string {
  const user = /^(?:sips?|pres|im):([^@;?]+)@/i.exec(uri)?.[1];
  const host = hostIn(uri);
  return user === undefined || host === "" ? "" : `${user.toLowerCase()}@${host}`;
}

/** The host of a SIP URI, in small letters, without its port; "" when it has none. */
export function hostIn(uri: string): string {
  const rest = /^(?:sips?|pres|im):(?:[^@;?]*@)?(\[[^\]]*\]|[^:;?>\s]+)/i.exec(uri);
  return (rest?.[1] ?? "").toLowerCase();
}

/** Whether a host is a name, and not the number of a machine. */
export function isFqdn(host: string): boolean {
  return host.includes(".") && !host.startsWith("[") && !/^[\d.]+$/.test(host);
}

function outsideQuotes(text: string, wanted: string): number {
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted && character === "\\") at++;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === wanted) return at;
  }
  return -1;
}
