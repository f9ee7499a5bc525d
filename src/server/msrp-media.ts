import { type Fault, fault } from "../base/fault.ts";
import { ok, type Result } from "../base/result.ts";
import type { SipPartner } from "../federation/sip-partner.ts";
import { plainText, plainTextType, type SipContent } from "../sip/content.ts";
import { writeCpim } from "../sip/cpim.ts";
import { matchesFingerprint } from "../sip/msrp-fingerprint.ts";
import type { MsrpMessage } from "../sip/msrp-inbox.ts";
import {
  answeredSetup,
  type MsrpDescription,
  type MsrpOffer,
  offererConnects,
  readMsrpOffer,
  type Setup,
  takes,
  writeMsrpSdp,
} from "../sip/msrp-sdp.ts";
import { splitText } from "../translate/split-text.ts";
import type { MsrpDoor, MsrpPlace } from "./msrp-door.ts";
import type { MsrpOwner, MsrpSender, MsrpWay } from "./msrp-session.ts";
import type { Flow } from "./sip-flow.ts";
import type { SipPartners } from "./sip-partners.ts";
import type { Site } from "./site.ts";

/** What we show, and pass on. */
const acceptTypes =
  "text/plain text/html message/cpim message/imdn+xml application/im-iscomposing+xml multipart/alternative multipart/mixed";

/** What CPIM adds to a text, at most. */
const cpimBytes = 600;

export type MsrpMediaDoors = {
  readonly site: Site;
  readonly door: MsrpDoor;
  readonly partners: SipPartners;
  readonly partner: SipPartner;
  /** URIs of the two people, for CPIM. */
  readonly uris: { readonly local: string; readonly foreign: string };
};

/** Whose conversation it is. */
export interface MsrpListener {
  heard(message: MsrpMessage, answer: (status: number) => void): void;
  stirred(): void;
  broken(media: MsrpMedia, why: Fault): void;
}

/** How the texts of one conversation travel when it is one over MSRP: the session, and what its two ends have agreed on. */
export class MsrpMedia implements MsrpOwner {
  readonly #doors: MsrpMediaDoors;
  readonly #listener: MsrpListener;
  readonly #flow: Flow;
  #place: MsrpPlace | undefined;
  #setup: Setup = "actpass";
  #offer: MsrpOffer | undefined;

  /** `flow`: the way of the INVITE; over TLS, so is the session. */
  constructor(doors: MsrpMediaDoors, listener: MsrpListener, flow: Flow) {
    this.#doors = doors;
    this.#listener = listener;
    this.#flow = flow;
  }

  /** Our offer; undefined when no more sessions can be had. */
  offer(): string | undefined {
    const place = this.#make(this.#flow.tls !== undefined);
    if (place === undefined) return undefined;
    this.#setup = place.listens ? "actpass" : "active";
    return this.description;
  }

  /** Their answer to it. Fails with what is wrong with it. */
  answered(body: string): Result<void> {
    const answer = readMsrpOffer(body, this.#doors.site.settings.limits.msrpPathUrisMax);
    if (!answer.ok) return answer;
    const { description } = answer.value;
    const offered = this.#setup === "active" ? "active" : "actpass";
    const connects = offererConnects(offered, description.setup);
    if (connects === undefined || description.secure !== this.#place?.session.secure) {
      return { ok: false, fault: fault("sip-not-acceptable-here", "an answer that does not fit what was offered") };
    }
    this.#place.session.begin(description, connects);
    return ok(undefined);
  }

  /** Takes their offer; `description` is the answer then. Fails with what is wrong with it, or resource-constraint. */
  accepts(offer: MsrpOffer): Result<void> {
    const { description } = offer;
    const place = this.#make(description.secure);
    if (place === undefined) return { ok: false, fault: fault("resource-constraint", "msrpSessionsMax") };
    const setup = answeredSetup(description.setup, place.listens);
    // What goes over TLS in SIP does not go in the clear beside it.
    if (setup === undefined || (this.#flow.tls !== undefined && !description.secure)) {
      this.end();
      return { ok: false, fault: fault("sip-not-acceptable-here", "a session of MSRP that cannot be had here") };
    }
    this.#offer = offer;
    this.#setup = setup;
    place.session.begin(description, setup === "active");
    return ok(undefined);
  }

  /** How we describe our end. */
  get description(): string {
    const { door, site } = this.#doors;
    if (this.#place === undefined) return "";
    const { host, port, session } = this.#place;
    return writeMsrpSdp({
      address: host,
      port: this.#setup === "active" ? 9 : port, // RFC 4145 §4.1
      secure: session.secure,
      uri: session.uri,
      setup: this.#setup,
      fingerprint: session.secure ? door.fingerprint : undefined,
      maxSize: site.settings.limits.msrpMessageBytesMax,
      acceptTypes,
      wrappedTypes: "*",
      ...(this.#offer === undefined ? {} : { answers: this.#offer }),
    });
  }

  /** A text in pieces no larger than the other side takes (RFC 4975 §8.6, max-size). */
  piecesOf(content: SipContent): readonly SipContent[] {
    const { msrpMessageBytesMax } = this.#doors.site.settings.limits;
    const most = Math.max(Math.min(this.#theirs?.maxSize ?? msrpMessageBytesMax, msrpMessageBytesMax) - cpimBytes, 100);
    if (content.body.length <= most || content.contentType !== plainTextType) return [content];
    return splitText(Buffer.from(content.body).toString("utf8"), most, "bytes").map((text) => plainText(text));
  }

  /**
   * Sends something in a form the other side takes: as it is, or inside CPIM (RFC 4975 §8.6). False: it takes it in neither, or
   * is not known yet.
   */
  say(content: SipContent, successReport: boolean, sender: MsrpSender): boolean {
    const { local, foreign } = this.#doors.uris;
    const theirs = this.#theirs;
    const [type = ""] = content.contentType.toLowerCase().split(";");
    if (theirs === undefined || this.#place === undefined) return false;
    const { session } = this.#place;
    if (takes(theirs.acceptTypes, type.trim())) {
      session.say(content.contentType, content.body, successReport, sender);
      return true;
    }
    const wrapped = takes(theirs.acceptTypes, "message/cpim") && takes(theirs.wrappedTypes, type.trim());
    if (!wrapped) return false;
    const at = this.#doors.site.world.clock.now();
    const body = writeCpim({
      from: local,
      to: foreign,
      at,
      contentType: type === "text/plain" ? plainTextType : content.contentType,
      mime: content.headers,
      body: content.body,
    });
    session.say("message/cpim", body, successReport, sender);
    return true;
  }

  /** False: nobody waits to hear of that message. */
  report(messageId: string): boolean {
    return this.#place?.session.report(messageId) ?? false;
  }

  end(): void {
    this.#place?.session.end();
  }

  /** R7, RFC 4975 §14.4: by the fingerprint their description has, else as their SIP servers are proved. */
  doubt({ tls }: MsrpWay, theirs: MsrpDescription): Fault | undefined {
    if (!theirs.secure) return undefined;
    const [leaf] = tls?.peerChain ?? [];
    if (leaf === undefined) return fault("msrp-not-proved", "no certificate");
    // Before a relay (RFC 4976) the certificate is the relay's, and no description has its fingerprint.
    if (theirs.fingerprints.length > 0 && theirs.path.length === 1) {
      return matchesFingerprint(leaf, theirs.fingerprints)
        ? undefined
        : fault("msrp-not-proved", "another fingerprint than its description has");
    }
    const { partners, partner } = this.#doors;
    const why = partners.proof.doubtOf(
      tls?.peerChain ?? [],
      [partner],
      theirs.path.slice(0, 1).map(({ host }) => host),
    );
    return why === undefined ? undefined : fault("msrp-not-proved", why.detail);
  }

  heard(message: MsrpMessage, answer: (status: number) => void): void {
    this.#listener.heard(message, answer);
  }

  stirred(): void {
    this.#listener.stirred();
  }

  broken(why: Fault): void {
    this.#listener.broken(this, why);
  }

  get #theirs(): MsrpDescription | undefined {
    return this.#place?.session.theirs;
  }

  #make(secure: boolean): MsrpPlace | undefined {
    this.#place = this.#doors.door.make(secure, this.#flow.local, this);
    return this.#place;
  }
}
