import { hostIn, isFqdn, personIn, readAddress, uriParameters } from "./address-text.ts";
import type { Dialog } from "./dialog.ts";
import { compactNames, cseqOf, type HeaderLine, lineOf, linesOf, valuesOf, type WireMessage } from "./wire-message.ts";

/** A rule and how a message breaks it. */
export type Finding = readonly [rule: string, what: string];

/** What the certificate of the connection a message came over proves. */
export type Proof = (host: string) => boolean;

const withContact = new Set(["INVITE", "SUBSCRIBE", "NOTIFY", "REFER", "UPDATE"]);

/** What every message of the other side has to have toward a Microsoft edge (sip-wire 1.4), request or response. */
function ofAll(message: WireMessage): Finding[] {
  const found: Finding[] = [];
  if (linesOf(message, "content-length").length !== 1) found.push(["1.4", "there is not exactly one Content-Length"]);
  const compact = message.headers.find(([name]) => compactNames[name.toLowerCase()] !== undefined);
  if (compact !== undefined) found.push(["1.4", `compact header name ${compact[0]}`]);
  if (message.body.length > 0 && lineOf(message, "content-type") === "") found.push(["1.4", "a body without a type"]);
  if (lineOf(message, "ms-edge-proxy-message-trust") !== "") found.push(["R6", "ms-edge-proxy-message-trust was sent"]);
  if (lineOf(message, "ms-split-domain-info") !== "") found.push(["1.4", "ms-split-domain-info was sent"]);
  return found;
}

/** What a request breaks. `dialog` is the one it belongs to; `microsoft`: epid and the like are asked for. */
export function inspectRequest(
  request: WireMessage,
  proves: Proof,
  dialog: Dialog | undefined,
  microsoft: boolean,
): readonly Finding[] {
  const found = ofAll(request);
  const [via = ""] = valuesOf(request, "via");
  const sentBy = /^SIP\s*\/\s*2\.0\s*\/\s*\w+\s+([^;\s]+)/.exec(via)?.[1]?.replace(/:\d+$/, "") ?? "";
  if (!isFqdn(sentBy)) found.push(["1.4", "the host of Via is not a name"]);
  if (!/;\s*branch=z9hG4bK[^;]/.test(via)) found.push(["R1", "no branch of RFC 3261 in Via"]);
  if (!/^\d{1,3}$/.test(lineOf(request, "max-forwards"))) found.push(["1.4", "no Max-Forwards"]);
  if (cseqOf(request).method !== request.method) found.push(["RFC 3261 §8.1.1.5", "CSeq is of another method"]);
  const [from, to] = [readAddress(lineOf(request, "from")), readAddress(lineOf(request, "to"))];
  if (!from.parameters.has("tag")) found.push(["R5", "no tag in From"]);
  if (microsoft) {
    const epid = from.parameters.get("epid");
    if (epid === undefined) found.push(["R5", "no epid in From"]);
    else if (epid.length > 16) found.push(["R5", "an epid of over 16 characters"]);
    if (dialog !== undefined && to.parameters.get("epid") !== dialog.persona.epid) {
      found.push(["R5", "our epid did not come back in To"]);
    }
  }
  if (withContact.has(request.method)) found.push(...ofContact(request, proves));
  if (dialog !== undefined && personIn(from.uri) !== personIn(dialog.remoteUri)) {
    found.push(["RFC 3261 §12.2.1.1", "From of the dialog has changed"]);
  }
  if (request.method === "SUBSCRIBE" || request.method === "NOTIFY") {
    if (lineOf(request, "event") === "") found.push(["RFC 6665", `${request.method} without Event`]);
  }
  if (request.method === "NOTIFY" && lineOf(request, "subscription-state") === "") {
    found.push(["R22", "NOTIFY without Subscription-State"]);
  }
  return found;
}

/** What a response breaks: `request` is ours, as its lines went out. */
export function inspectResponse(
  response: WireMessage,
  request: { readonly method: string; readonly headers: readonly HeaderLine[]; readonly opensDialog: boolean },
  proves: Proof,
  microsoft: boolean,
): readonly Finding[] {
  const found = ofAll(response);
  const { status } = response;
  const sent = { method: "", uri: "", status: 0, reason: "", headers: request.headers, body: response.body };
  const [own = "", ...others] = valuesOf(sent, "via");
  const [top = "", ...below] = valuesOf(response, "via");
  // RFC 3261 §18.2.1: received and rport may have been put into the first one.
  const unmarked = top.replace(/;(?:received=[^;]*|rport(?:=\d+)?)/g, "");
  if (unmarked !== own || below.join("\n") !== others.join("\n")) {
    found.push(["1.4", "the Vias did not come back byte for byte"]);
  }
  for (const name of ["from", "call-id", "cseq"]) {
    if (lineOf(response, name) !== lineOf(sent, name)) found.push(["RFC 3261 §8.2.6.2", `${name} was changed`]);
  }
  if (status > 100 && !readAddress(lineOf(response, "to")).parameters.has("tag")) {
    found.push(["RFC 3261 §8.2.6.2", "no tag in To"]);
  }
  if (request.opensDialog && status >= 200 && status < 300) {
    const wanted = valuesOf(sent, "record-route").join("\n");
    if (valuesOf(response, "record-route").join("\n") !== wanted) {
      found.push(["R3", "Record-Route did not come back byte for byte"]);
    }
    found.push(...ofContact(response, proves));
    if (request.method === "SUBSCRIBE" && lineOf(response, "expires") === "") {
      found.push(["2.3", "200 to SUBSCRIBE without Expires"]);
    }
  }
  if (status === 503) found.push(["R19", "503, after which a whole route is no longer used"]);
  if (status === 600 && request.method === "SUBSCRIBE") found.push(["R19", "600 to SUBSCRIBE"]);
  // 423, 481 and 487 explain themselves; 401 and 407 are no failures.
  if (microsoft && status >= 400 && ![401, 407, 423, 481, 487].includes(status)) {
    if (lineOf(response, "ms-diagnostics-public") === "") {
      found.push(["R20", `${status} to ${request.method} without ms-diagnostics-public`]);
    }
  }
  return found;
}

function ofContact(message: WireMessage, proves: Proof): readonly Finding[] {
  const contacts = linesOf(message, "contact");
  if (contacts.length !== 1) return [["1.4", `${contacts.length} Contacts instead of one`]];
  const { uri } = readAddress(contacts[0] ?? "");
  const host = uriParameters(uri).get("maddr") ?? hostIn(uri);
  if (!isFqdn(host)) return [["1.4", `the host of Contact is no name: ${host}`]];
  return proves(host) ? [] : [["1.4", `the certificate does not name the host of Contact, ${host}`]];
}
