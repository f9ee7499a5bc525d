import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { isTokenText } from "./characters.ts";
import { type DialogLimits, noRoutes, owned, recordedRoutes, routeSetUpdate, targetOf } from "./dialog-contents.ts";
import { dialogKey } from "./dialog-key.ts";
import { type Way, wayTo } from "./dialog-route.ts";
import type { SipMessage } from "./message.ts";
import { supports } from "./option-tags.ts";
import { parameter } from "./parameters.ts";
import type { RequestParts } from "./request.ts";

/**
 * What one side knows of a dialog (RFC 3261 §12): plain data that survives JSON. It names no connection: requests of one
 * dialog may come by several.
 */
export type Dialog = {
  readonly callId: string;
  readonly localTag: string;
  /** "" when the other side knows no tags (RFC 2543). */
  readonly remoteTag: string;
  /** The value of From in our requests. */
  readonly local: string;
  /** The value of To in our requests: as the other side wrote it, so with its epid (R5). */
  readonly remote: string;
  /** CSeq of our last request, 0 before the first. */
  readonly localSeq: number;
  /** Highest CSeq of the other side, -1 before the first. */
  readonly remoteSeq: number;
  /** The URI of the other side's Contact. */
  readonly target: string;
  /** The values of Route in our requests before strict routing, byte for byte (R3). */
  readonly routes: readonly string[];
  /** The other side may replace the routes later (`ms-dialog-route-set-update`, sip-wire 1.6). */
  readonly routesMayChange: boolean;
  /** False while only a provisional response has made it. */
  readonly confirmed: boolean;
  /** Begun with a sips URI: our Contact is one too (§12.1.1). */
  readonly secure: boolean;
};

/** Requests whose Contact is where the other side is from now on (RFC 3261 §12.2, RFC 3311 §5.1, RFC 6665 §4.4.1, R11). */
const refreshing = new Set(["INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY", "BENOTIFY"]);

/**
 * The dialog after a request of the other side (§12.2.2). Fails with sip-out-of-order when a request with that CSeq or a
 * higher one was here: that is answered 500, a BENOTIFY dropped; gaps mean nothing. ACK and CANCEL have the CSeq of their
 * INVITE and change nothing. Fails also with sip-malformed, sip-uri-too-long, sip-too-large; the dialog then stays as it was.
 */
export function receivedIn(dialog: Dialog, request: SipMessage, limits: DialogLimits): Result<Dialog> {
  const { method, cseq } = request;
  if (method === "ACK" || method === "CANCEL") return ok(dialog);
  if (cseq === undefined) return no(fault("sip-malformed", "no CSeq"));
  if (cseq.number <= dialog.remoteSeq) return no(fault("sip-out-of-order", `${cseq.number} after ${dialog.remoteSeq}`));
  const target = refreshing.has(method) ? targetOf(request, limits) : ok(undefined);
  if (!target.ok) return target;
  const routesMayChange = dialog.routesMayChange || supports(request, routeSetUpdate);
  // §12.2: routes stay as they were, but for those who said that they change them (sip-wire 1.6)
  const routes = routesMayChange ? recordedRoutes(request, limits) : ok(noRoutes);
  if (!routes.ok) return routes;
  return ok({
    ...dialog,
    remote: withEpid(dialog.remote, request),
    remoteSeq: cseq.number,
    target: target.value ?? dialog.target,
    routes: routes.value.length > 0 ? routes.value : dialog.routes,
    routesMayChange,
  });
}

/** R5: an epid that was not known when the dialog began is echoed from now on. */
function withEpid(remote: string, { from }: SipMessage): string {
  const epid = from === undefined ? undefined : parameter(from.parameters, "epid");
  if (epid === undefined || !isTokenText(epid) || /;[ \t]*epid[ \t]*=/i.test(remote)) return remote;
  return owned(`${remote};epid=${epid}`);
}

/**
 * The dialog after a response to a request of ours in it: a 2xx may say where the other side is now (§12.2.1.2). `contact` is
 * ours in that request: libpurple sends it back with every other header, and is not to be looked for here.
 */
export function answeredIn(
  dialog: Dialog,
  response: SipMessage,
  limits: DialogLimits,
  contact?: string,
): Result<Dialog> {
  if (response.status < 200 || response.status >= 300 || !refreshing.has(response.method)) return ok(dialog);
  if (contact !== undefined && response.header("contact") === contact) return ok(dialog);
  const target = targetOf(response, limits);
  if (!target.ok) return target;
  const isSame = target.value === undefined || target.value === dialog.target;
  return ok(isSame ? dialog : { ...dialog, target: target.value });
}

/** The dialog with the CSeq of our next request (§12.2.1.1). */
export function advanced(dialog: Dialog): Dialog {
  return { ...dialog, localSeq: dialog.localSeq + 1 };
}

/**
 * What a request of ours in the dialog is made of, to be given a Contact and a body. Call `advanced` before; the ACK of a
 * 2xx has the CSeq of its INVITE (§13.2.2.4).
 */
export function partsIn(dialog: Dialog, method: string, via: string, cseq: number = dialog.localSeq): RequestParts {
  const { uri, routes } = routeOf(dialog);
  return { method, uri, via, from: dialog.local, to: dialog.remote, callId: dialog.callId, cseq, routes };
}

/** Where our requests go: Request-URI and Route values (§12.2.1.1, R3, R4). */
export function routeOf(dialog: Dialog): Way {
  return wayTo(dialog.target, dialog.routes);
}

export function keyOf(dialog: Dialog): string {
  return dialogKey(dialog.callId, dialog.localTag, dialog.remoteTag);
}
