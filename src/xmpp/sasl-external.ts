import { base64, fromBase64, utf8 } from "../base/bytes.ts";
import { type DomainName, parseDomainName } from "../base/domain-name.ts";
import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { ns } from "./ns.ts";

/**
 * What a server sends to be taken for `domain` by its certificate (RFC 4422 Appendix A, XEP-0178 §3): the domain itself,
 * which every peer accepts; "=" would do where the stream's `from` says it.
 */
export function externalAuth(domain: DomainName): string {
  return `<auth xmlns='${ns.sasl}' mechanism='EXTERNAL'>${base64(utf8(domain))}</auth>`;
}

/**
 * Which domain a peer asks to be with EXTERNAL: `data` is the text of its <auth/> or <response/>, `from` what its stream
 * header said. Whether its certificate proves that domain is the caller's question. "ask" when no initial response came:
 * an empty <challenge/> is due (RFC 6120 §6.4.2). Fails with sasl-incorrect-encoding or sasl-invalid-authzid.
 */
export function readExternal(data: string, from: DomainName | undefined): Result<DomainName | "ask"> {
  const text = data.trim();
  if (text === "") return ok("ask");
  const bytes = text === "=" ? utf8("") : fromBase64(text);
  if (bytes === undefined) return no(fault("sasl-incorrect-encoding"));
  if (bytes.length === 0) return from === undefined ? no(fault("sasl-invalid-authzid", "no domain")) : ok(from);
  const domain = parseDomainName(bytes.toString("utf8"));
  // RFC 6120 §4.7.1, XEP-0178 §3: the authorization identity is the stream's `from`.
  if (!domain.ok || (from !== undefined && domain.value !== from)) return no(fault("sasl-invalid-authzid"));
  return domain;
}

/** The same for an answer to the empty challenge, where no text means: as the stream's `from`. */
export function readExternalResponse(data: string, from: DomainName | undefined): Result<DomainName> {
  const read = readExternal(data.trim() === "" ? "=" : data, from);
  return read.ok && read.value === "ask" ? no(fault("sasl-invalid-authzid")) : (read as Result<DomainName>);
}
