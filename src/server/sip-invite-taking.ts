import { ok, type Result } from "../base/result.ts";
import type { Dialog } from "../sip/dialog.ts";
import { uasDialog } from "../sip/dialog-creation.ts";
import type { SipMessage } from "../sip/message.ts";
import { readMsrpOffer } from "../sip/msrp-sdp.ts";
import { readMessageOffer, writeMessageSdp } from "../sip/sdp.ts";
import type { MsrpListener, MsrpMedia } from "./msrp-media.ts";
import type { ConversationDoors } from "./sip-conversation-doors.ts";
import type { Flow } from "./sip-flow.ts";
import type { SipRequest } from "./sip-request.ts";
import { recordRoutes } from "./sip-session-dialog.ts";

/** An INVITE that can be accepted: the dialog it makes, and how texts travel in it (undefined: as MESSAGEs). */
export type Taken = { readonly dialog: Dialog; readonly tag: string; readonly media: MsrpMedia | undefined };

/** Reads an INVITE of a partner's outside a dialog; what cannot be had is refused, and undefined here. */
export function takeInvite(
  request: SipRequest,
  doors: ConversationDoors,
  listener: MsrpListener,
  epid: string | undefined,
): Taken | undefined {
  const { message, flow } = request;
  const text = message.body.toString("utf8");
  const plain = message.body.length === 0 || readMessageOffer(text).ok;
  if (isConference(message)) {
    notHere(request);
    return undefined;
  }
  const media = plain ? undefined : mediaOf(text, flow, doors, listener);
  if (media?.ok === false) {
    if (media.fault.code === "resource-constraint") request.respond(480);
    else notHere(request);
    return undefined;
  }
  const tag = doors.transactions.token();
  const own = { tag, ...(epid === undefined ? {} : { epid }) };
  const dialog = uasDialog(message, own, doors.site.settings.limits);
  if (dialog.ok) return { dialog: dialog.value, tag, media: media?.value };
  media?.value.end();
  request.respond(400);
  return undefined;
}

/** sip-wire 1.4, 3.6: who invites is no person but a conference, by what kind of GRUU it has. */
function isConference(message: SipMessage): boolean {
  return [message.uri, message.header("contact"), message.from?.text].some((uri) =>
    /;opaque=app:conf:/i.test(uri ?? ""),
  );
}

/** What is offered cannot be had here; a session that it was said in lives on (RFC 3261 §14.2). */
function notHere(request: SipRequest): void {
  request.respond(488, { headers: 'Warning: 304 comity "Only instant messages"\r\n' });
}

/** Accepts it, or one within its dialog (`toTag` undefined). `from`: who is here, as a URI. */
export function acceptInvite(
  request: SipRequest,
  doors: ConversationDoors,
  from: string,
  media: MsrpMedia | undefined,
  toTag: string | undefined,
): void {
  const { message, flow } = request;
  const offer = message.body.length === 0 ? undefined : readMessageOffer(message.body.toString("utf8"));
  if (media === undefined && offer?.ok === false) {
    notHere(request);
    return;
  }
  const answers = offer?.ok === true ? offer.value : undefined;
  request.respond(200, {
    ...(toTag === undefined ? {} : { toTag }),
    headers: `Contact: ${doors.contact(flow)}\r\nAllow: INVITE, ACK, BYE, CANCEL, MESSAGE, INFO, OPTIONS\r\n${recordRoutes(message)}`,
    contentType: "application/sdp",
    body: media?.description ?? writeMessageSdp(flow.local.address, flow.local.port, from, answers),
  });
}

function mediaOf(offered: string, flow: Flow, doors: ConversationDoors, listener: MsrpListener): Result<MsrpMedia> {
  const offer = readMsrpOffer(offered, doors.site.settings.limits.msrpPathUrisMax);
  if (!offer.ok) return offer;
  const media = doors.msrp(listener, flow);
  const accepted = media.accepts(offer.value);
  return accepted.ok ? ok(media) : accepted;
}
