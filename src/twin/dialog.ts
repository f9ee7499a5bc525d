import { readAddress } from "./address-text.ts";
import type { Persona } from "./persona.ts";
import { lineOf, valuesOf, type WireMessage } from "./wire-message.ts";

/** What one dialog is known by and how its requests are written (RFC 3261 §12), on the stand-in's side. */
export class Dialog {
  readonly callId: string;
  readonly persona: Persona;
  readonly localTag: string;
  /** The other side's person: `sip:bob@ours.example`. */
  readonly remoteUri: string;
  /** The signed route the other side has to send back, byte for byte (R3). */
  readonly ownRoutes: readonly string[];
  /** The Contact we gave, without what stands outside its brackets. */
  readonly ownTarget: string;
  remoteTag = "";
  remoteEpid = "";
  /** Where the next request goes: the other side's Contact. */
  target: string;
  /** The route the other side asked for. */
  peerRoutes: readonly string[] = [];
  /** CSeq of our last request; of theirs. */
  cseq: number;
  remoteCseq = -1;

  constructor(parts: {
    readonly callId: string;
    readonly persona: Persona;
    readonly localTag: string;
    readonly remoteUri: string;
    readonly ownRoutes: readonly string[];
    readonly ownTarget: string;
  }) {
    this.callId = parts.callId;
    this.persona = parts.persona;
    this.localTag = parts.localTag;
    this.remoteUri = parts.remoteUri;
    this.ownRoutes = parts.ownRoutes;
    this.ownTarget = parts.ownTarget;
    this.target = parts.remoteUri;
    this.cseq = 0;
  }

  get key(): string {
    return dialogKey(this.callId, this.localTag);
  }

  /** Learns what a request of theirs says of them. */
  hear(request: WireMessage): void {
    const from = readAddress(lineOf(request, "from"));
    if (this.remoteTag === "") {
      this.remoteTag = from.parameters.get("tag") ?? "";
      this.peerRoutes = valuesOf(request, "record-route");
    }
    this.#learn(request, from.parameters.get("epid"));
  }

  /** Learns what their 2xx to a request of ours says of them. */
  answered(response: WireMessage): void {
    const to = readAddress(lineOf(response, "to"));
    if (this.remoteTag === "") {
      this.remoteTag = to.parameters.get("tag") ?? "";
      const routes = valuesOf(response, "record-route").filter((route) => !this.ownRoutes.includes(route));
      this.peerRoutes = routes.toReversed();
    }
    this.#learn(response, to.parameters.get("epid"));
  }

  #learn(message: WireMessage, epid: string | undefined): void {
    if (epid !== undefined) this.remoteEpid = epid;
    const contact = lineOf(message, "contact");
    if (contact !== "") this.target = readAddress(contact).uri;
  }
}

/** Both ends of a dialog may be ours: our tag says which is meant. */
export function dialogKey(callId: string, localTag: string): string {
  return `${callId} ${localTag}`;
}
