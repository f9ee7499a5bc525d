import { readAddress } from "./address-text.ts";
import { cseqOf, lineOf, type WireMessage } from "./wire-message.ts";

/** What of the header that carries a signature is signed as well (MS-SIPAE). */
export type SignedBy = {
  readonly rand: string;
  readonly num: string;
  readonly realm: string;
  readonly target: string;
};

/** The text of a message that is signed (MS-SIPAE, version 4): what has to arrive as it was sent. */
export function signedText(message: WireMessage, { rand, num, realm, target }: SignedBy): string {
  const [from, to] = [readAddress(lineOf(message, "from")), readAddress(lineOf(message, "to"))];
  const { number, method } = cseqOf(message);
  const asserted = lineOf(message, "p-asserted-identity") || lineOf(message, "p-preferred-identity");
  const parts = [
    "NTLM",
    rand,
    num,
    realm,
    target,
    lineOf(message, "call-id"),
    String(number),
    message.method === "" ? method : message.method,
    from.uri,
    from.parameters.get("tag") ?? "",
    to.uri,
    to.parameters.get("tag") ?? "",
    assertedUri(asserted, "sip"),
    assertedUri(asserted, "tel"),
    lineOf(message, "expires"),
    ...(message.status > 0 ? [String(message.status)] : []),
  ];
  return parts.map((part) => `<${part}>`).join("");
}

function assertedUri(line: string, scheme: "sip" | "tel"): string {
  if (scheme === "tel" && /^tel:/i.test(line)) return line;
  return new RegExp(`<(${scheme}:[^>]*)>`, "i").exec(line)?.[1] ?? "";
}
