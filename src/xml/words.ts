/** The names, types and namespaces seen all the time: found by their bytes, they cost no new string. */
const words = [
  ..."message presence iq stream features starttls proceed auth challenge response success failure abort".split(" "),
  ..."r a enable enabled resume resumed failed error result verify".split(" "),
  ..."chat groupchat headline normal get set".split(" "),
  ..."available unavailable subscribe subscribed unsubscribe unsubscribed probe".split(" "),
  // Of presence documents
  ..."tuple id entity status basic contact priority note timestamp".split(" "),
  ..."person activities away busy on-the-phone".split(" "),
  "jabber:client",
  "jabber:server",
  "jabber:server:dialback",
  "urn:xmpp:sm:3",
  "urn:ietf:params:xml:ns:xmpp-sasl",
  "urn:ietf:params:xml:ns:xmpp-tls",
  "http://etherx.jabber.org/streams",
];

const bySizeAndFirst: (readonly string[] | undefined)[] = new Array<undefined>(64 * 128).fill(undefined);
for (const word of words) {
  const key = word.length * 128 + word.charCodeAt(0);
  bySizeAndFirst[key] = [...(bySizeAndFirst[key] ?? []), word];
}

/** Whether the bytes from `at` to `end` spell `word`, which is ASCII. */
export function spells(from: Uint8Array, at: number, end: number, word: string): boolean {
  if (end - at !== word.length) return false;
  for (let i = 0; i < word.length; i++) if (from[at + i] !== word.charCodeAt(i)) return false;
  return true;
}

/** The bytes as one of the words known here; undefined when they are none. */
export function knownWordAt(from: Uint8Array, at: number, end: number): string | undefined {
  const size = end - at;
  if (size === 0 || size >= 64) return undefined;
  const candidates = bySizeAndFirst[size * 128 + ((from[at] as number) & 0x7f)];
  if (candidates !== undefined) for (const word of candidates) if (spells(from, at, end, word)) return word;
  return undefined;
}

/** The bytes as a string: a known word, or a new one. `wide` says that one of 0x80 or above may be among them. */
export function wordAt(from: Buffer, at: number, end: number, wide: boolean): string {
  if (end === at) return "";
  return knownWordAt(from, at, end) ?? from.toString(wide ? "utf8" : "latin1", at, end);
}
