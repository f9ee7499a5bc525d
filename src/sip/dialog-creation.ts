import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { Dialog } from "./dialog.ts";
import { type DialogLimits, owned, recordedRoutes, routeSetUpdate, targetOf } from "./dialog-contents.ts";
import type { SipMessage } from "./message.ts";
import { parseNameAddr, tagOf } from "./name-addr.ts";
import { supports } from "./option-tags.ts";
import type { RequestParts } from "./request.ts";

/** What of a request of ours that begins a dialog is needed when the answer is here. */
export type Sent = Pick<RequestParts, "uri" | "from" | "to" | "callId" | "cseq">;

/**
 * The dialog a request begins with us (RFC 3261 §12.1.1). `own.tag` is the tag of our responses, `own.epid` what a Microsoft
 * user of ours is known by, if any. Fails with sip-no-dialog when it is of a dialog already, sip-malformed without a Contact
 * that can be reached, sip-uri-too-long, sip-too-large (sipRoutesMax).
 */
export function uasDialog(
  request: SipMessage,
  own: { readonly tag: string; readonly epid?: string },
  limits: DialogLimits,
): Result<Dialog> {
  const { from, to, cseq } = request;
  if (from === undefined || to === undefined || cseq === undefined) return no(fault("sip-malformed", "no From or To"));
  if (request.toTag !== "") return no(fault("sip-no-dialog"));
  const target = targetOf(request, limits);
  if (!target.ok) return target;
  if (target.value === undefined) return no(fault("sip-malformed", "no contact"));
  const routes = recordedRoutes(request, limits);
  if (!routes.ok) return routes;
  const epid = own.epid === undefined ? "" : `;epid=${own.epid}`;
  return ok({
    callId: owned(request.callId),
    localTag: own.tag,
    remoteTag: owned(request.fromTag),
    local: owned(`${to.text};tag=${own.tag}${epid}`),
    remote: owned(from.text),
    localSeq: 0,
    remoteSeq: cseq.number,
    target: target.value,
    routes: routes.value,
    routesMayChange: supports(request, routeSetUpdate),
    confirmed: true,
    secure: isSecure(request.uri),
  });
}

/**
 * The dialog a response makes (§12.1.2): early for a 101-199 with a tag, confirmed for a 2xx. Without a Contact, which it
 * should have, the target is where the request went. Fails with sip-no-dialog for any other response, and as `uasDialog`.
 */
export function uacDialog(sent: Sent, response: SipMessage, limits: DialogLimits): Result<Dialog> {
  const { status, to, toTag } = response;
  // RFC 2543: a 2xx without a tag makes a dialog all the same
  if (status >= 300 || status <= 100 || (status < 200 && toTag === "")) return no(fault("sip-no-dialog"));
  const far = { text: to?.text, tag: toTag, seq: -1 };
  const dialog = begun(sent, response, far, limits);
  // §12.1.2: the last server that recorded itself is the first on our way
  return dialog.ok
    ? ok({ ...dialog.value, routes: dialog.value.routes.toReversed(), confirmed: status >= 200 })
    : dialog;
}

/**
 * The dialog a NOTIFY makes that is here before, or instead of, the 200 of our SUBSCRIBE (RFC 6665 §4.4.1, R10). More than
 * one server may have taken the subscription, so several NOTIFYs may make several dialogs. Fails as `uasDialog`.
 */
export function notifiedDialog(sent: Sent, notify: SipMessage, limits: DialogLimits): Result<Dialog> {
  const far = { text: notify.from?.text, tag: notify.fromTag, seq: notify.cseq?.number ?? -1 };
  return begun(sent, notify, far, limits);
}

type FarEnd = { readonly text: string | undefined; readonly tag: string; readonly seq: number };

function begun(sent: Sent, m: SipMessage, far: FarEnd, limits: DialogLimits): Result<Dialog> {
  const local = parseNameAddr(sent.from);
  if (!local.ok) return local;
  if (far.text === undefined) return no(fault("sip-malformed", "no From or To"));
  const target = targetOf(m, limits);
  if (!target.ok) return target;
  const routes = recordedRoutes(m, limits);
  if (!routes.ok) return routes;
  return ok({
    callId: sent.callId,
    localTag: tagOf(local.value) ?? "",
    remoteTag: owned(far.tag),
    local: sent.from,
    remote: owned(far.text),
    localSeq: sent.cseq,
    remoteSeq: far.seq,
    target: target.value ?? sent.uri,
    routes: routes.value,
    routesMayChange: supports(m, routeSetUpdate),
    confirmed: true,
    secure: isSecure(sent.uri),
  });
}

/** An early dialog has its 2xx: the target is that of the 2xx, and so are the routes (RFC 3261 §13.2.2.4). */
export function confirmedDialog(dialog: Dialog, response: SipMessage, limits: DialogLimits): Result<Dialog> {
  const target = targetOf(response, limits);
  if (!target.ok) return target;
  const routes = recordedRoutes(response, limits);
  if (!routes.ok) return routes;
  return ok({
    ...dialog,
    target: target.value ?? dialog.target,
    routes: routes.value.toReversed(),
    routesMayChange: dialog.routesMayChange || supports(response, routeSetUpdate),
    confirmed: true,
  });
}

function isSecure(uri: string): boolean {
  return uri.slice(0, 5).toLowerCase() === "sips:";
}
