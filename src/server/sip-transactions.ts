import { asBuffer, hex } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { type Fault, fault, rowOf } from "../base/fault.ts";
import type { Wheel } from "../base/wheel.ts";
import { cancelAnswer } from "../sip/cancel.ts";
import { isPlainCSeqAt } from "../sip/cseq.ts";
import { cseqId, viaId } from "../sip/header-names.ts";
import type { SipMessage } from "../sip/message.ts";
import type { RequestParts } from "../sip/request.ts";
import { checkKnownResponse, checkRequest, checkResponse, mayAnswer } from "../sip/request-check.ts";
import { responseBytes } from "../sip/response.ts";
import { lateTryingMs, timeoutMs, timers, unreliableLink } from "../sip/timers.ts";
import { cancelledKey, type RequestKey, serverKey } from "../sip/transaction-key.ts";
import { DelayLine } from "./delay-line.ts";
import { KeyedTable } from "./keyed-table.ts";
import { type SentAnswer, SipAnswers } from "./sip-answers.ts";
import {
  type Asker,
  ClientTransaction,
  type ClientTransactionOwner,
  type Pending,
  unansweredMs,
} from "./sip-client-transaction.ts";
import { type Flow, type FlowOwner, sameWay } from "./sip-flow.ts";
import { type Inviter, InviteTransaction } from "./sip-invite-transaction.ts";
import type { SipRequest } from "./sip-request.ts";
import { Ongoing, ServerTransaction, type ServerTransactionOwner } from "./sip-server-transaction.ts";
import { SipTally } from "./sip-tally.ts";
import type { Site } from "./site.ts";

/** How many random bytes are fetched at once for branches and tags. */
const poolBytes = 4_095;
/** Nine bytes each; the pool has a whole number of them. */
const tokenCharacters = 12;

/** Addresses that may be known though nothing of theirs is under way. */
const addressesKept = 10_000;

const slowMs = lateTryingMs(unreliableLink);

/** Who serves requests once they are known to be new and well formed. */
export interface RequestServer {
  request(request: SipRequest): void;
  /** A connection is gone, with everything that counted on it. */
  flowClosed(flow: Flow): void;
}

/** Transactions of one kind of transport: those of connections end with them, so they are looked through when one closes. */
type Table = {
  readonly servers: KeyedTable<ServerTransaction>;
  readonly clients: KeyedTable<Pending>;
};

/** The transaction layer (RFC 3261 §17): what came before is met with what was answered before, and answers find who asked. */
export class SipTransactions implements FlowOwner, ServerTransactionOwner, ClientTransactionOwner {
  readonly wheel: Wheel;
  readonly clock: Clock;
  readonly tally: SipTally;
  readonly slow: DelayLine<ServerTransaction>;
  readonly unansweredOverUdp: DelayLine<ClientTransaction>;
  readonly unansweredOverStream: DelayLine<ClientTransaction>;
  /** The tag of our answers in To: one for this run of the program, for answers that are forgotten at once (§8.2.7). */
  readonly tag: string;
  readonly #site: Site;
  /** How every branch of ours begins, so that a request that comes back here is known (RFC 5393); a token follows. */
  readonly #branchHead: string;
  readonly #overUdp: Table;
  readonly #overStreams: Table;
  readonly #answers: SipAnswers;
  /** Requests under way from each address over UDP, where there is no connection to count them on. */
  readonly #fromAddress = new Map<string, number>();
  /** Requests outside of dialogs that are not answered yet, by what copies of them that come another way share (§8.2.2.2). */
  readonly #ongoing: KeyedTable<Ongoing>;
  #server: RequestServer | undefined;
  /** Tokens that are made already, one behind the other. */
  #pool = "";
  #poolAt = 0;
  #asked = 0;

  constructor(site: Site) {
    this.#site = site;
    this.wheel = site.wheel;
    this.clock = site.world.clock;
    const now = () => this.clock.monotonicMs();
    const late = (transaction: ServerTransaction | ClientTransaction): void => transaction.late();
    this.slow = new DelayLine<ServerTransaction>(site.wheel, now, () => slowMs, late);
    this.unansweredOverUdp = new DelayLine<ClientTransaction>(site.wheel, now, () => unansweredMs.overUdp, late);
    this.unansweredOverStream = new DelayLine<ClientTransaction>(site.wheel, now, () => unansweredMs.overStream, late);
    this.tally = new SipTally(site.world.metrics, site.wheel);
    const seed = (): number => asBuffer(site.world.random.bytes(4)).readInt32LE();
    const table = (): Table => {
      return { servers: new KeyedTable(seed()), clients: new KeyedTable(seed()) };
    };
    this.#answers = new SipAnswers(now, timeoutMs(timers), () => site.settings.limits.sipTransactionsMax, seed());
    this.#ongoing = new KeyedTable(seed());
    this.#overUdp = table();
    this.#overStreams = table();
    this.tag = hex(site.world.random.bytes(6));
    this.#branchHead = `z9hG4bK${hex(site.world.random.bytes(4))}`;
  }

  /** The server of requests needs the transactions and they need it: the node joins them. */
  join(server: RequestServer): void {
    this.#server = server;
  }

  arrived(flow: Flow, message: SipMessage): void {
    flow.heard++;
    if (this.#site.tracer.on) this.#site.tracer.sip("received", flow, message.bytes);
    if (message.isRequest) this.#requested(flow, message);
    else this.#responded(flow, message);
  }

  malformed(flow: Flow, why: Fault, message: SipMessage | undefined): void {
    this.#reject(why, flow);
    if (message !== undefined && this.#site.tracer.on) this.#site.tracer.sip("received", flow, message.bytes);
    if (message === undefined || !mayAnswer(message)) return;
    this.#refuse(new ServerTransaction(this, message, flow, undefined), why);
  }

  closed(flow: Flow): void {
    const { servers, clients } = this.#overStreams;
    // Most connections end with nothing under way, and those of strangers always: they cost no look at everybody's.
    if (flow.underWay > 0) {
      for (const transaction of servers.values()) if (transaction.flow === flow) transaction.lost();
    }
    if (flow.asked > 0) {
      // In their order: what they asked may go over another connection now, and texts are to keep theirs.
      const lost = clients.values().filter((transaction) => transaction.flow === flow);
      for (const transaction of lost.sort((a, b) => a.number - b.number)) transaction.lost();
    }
    this.#server?.flowClosed(flow);
  }

  /** Transactions under way, either way. */
  get count(): number {
    const { servers, clients } = this.#overUdp;
    return servers.size + clients.size + this.#overStreams.servers.size + this.#overStreams.clients.size;
  }

  get unprovedAnswerPercentMax(): number {
    return this.#site.settings.limits.sipUnprovedAnswerPercentMax;
  }

  /** Sends a request of ours. `write` gets the value of our Via and answers the whole request. */
  ask(flow: Flow, method: string, write: (via: string) => Buffer, asker: Asker): void {
    if (!flow.open) {
      asker.answered(503, undefined);
      return;
    }
    const token = this.token();
    const bytes = write(this.#via(flow, token));
    const transaction = new ClientTransaction(this, token, flow, method, bytes, asker);
    // It can be found before anything is sent: in a simulated world an answer may come at once.
    this.#table(flow).clients.add(transaction);
    flow.asked++;
    transaction.begin();
  }

  /** Sends an INVITE of ours; `parts` lack their Via. */
  invite(flow: Flow, parts: Omit<RequestParts, "via">, inviter: Inviter): InviteTransaction | undefined {
    if (!flow.open) {
      inviter.invited(503, undefined);
      return undefined;
    }
    const token = this.token();
    const via = this.#via(flow, token);
    const transaction = new InviteTransaction(this, token, flow, { ...parts, via }, inviter);
    this.#table(flow).clients.add(transaction);
    flow.asked++;
    transaction.begin();
    return transaction;
  }

  #via(flow: Flow, token: string): string {
    return flow.viaHead + this.#branchHead + token + flow.viaTail;
  }

  /** Twelve characters nobody can guess: branches, tags, entity tags. */
  token(): string {
    if (this.#poolAt === this.#pool.length) {
      this.#pool = asBuffer(this.#site.world.random.bytes(poolBytes)).toString("base64url");
      this.#poolAt = 0;
    }
    const at = this.#poolAt;
    this.#poolAt += tokenCharacters;
    return this.#pool.slice(at, this.#poolAt);
  }

  /** @internal */
  nextNumber(): number {
    return ++this.#asked;
  }

  /** @internal */
  hasRoomFor({ flow }: ServerTransaction): boolean {
    const { sipTransactionsMax, sipTransactionsPerFlowMax } = this.#site.settings.limits;
    const here = flow.reliable ? flow.underWay : this.#fromSameAddress(flow);
    return here < sipTransactionsPerFlowMax && this.#table(flow).servers.size < sipTransactionsMax;
  }

  /** @internal from here on it is found by its key */
  keep(transaction: ServerTransaction): void {
    const { flow } = transaction;
    this.#table(flow).servers.add(transaction);
    if (!flow.reliable) this.#note(flow.remote.address, this.#fromSameAddress(flow) + 1);
    const { shared } = transaction;
    if (shared === undefined) return;
    transaction.ongoing = new Ongoing(shared);
    this.#ongoing.add(transaction.ongoing);
  }

  /** @internal */
  answered(transaction: ServerTransaction, answer: SentAnswer): void {
    this.#answers.keep(whole(transaction), answer);
  }

  /** @internal */
  over(transaction: ServerTransaction | Pending): void {
    const { flow } = transaction;
    const { servers, clients } = this.#table(flow);
    if (transaction instanceof ServerTransaction) {
      servers.remove(transaction);
      if (transaction.ongoing !== undefined) this.#ongoing.remove(transaction.ongoing);
      if (!flow.reliable) this.#note(flow.remote.address, this.#fromSameAddress(flow) - 1);
    } else {
      clients.remove(transaction);
      if (transaction.waits) flow.asked--;
    }
  }

  /** Who has nothing under way is forgotten only when there are many: most come again at once. */
  #note(address: string, count: number): void {
    if (count === 0 && this.#fromAddress.size > addressesKept) this.#fromAddress.delete(address);
    else this.#fromAddress.set(address, count);
  }

  #fromSameAddress({ remote }: Flow): number {
    return this.#fromAddress.get(remote.address) ?? 0;
  }

  #table(flow: Flow): Table {
    return flow.reliable ? this.#overStreams : this.#overUdp;
  }

  #requested(flow: Flow, message: SipMessage): void {
    const { servers } = this.#table(flow);
    // On a connection only what is not answered yet can come again: mostly there is nothing of the kind, and no key is made.
    const key = flow.reliable && servers.size === 0 ? undefined : serverKey(message);
    const known = key === undefined ? undefined : servers.get(key.key, key.kind);
    if (message.method === "ACK") {
      known?.acknowledged();
      return;
    }
    if (known !== undefined) {
      known.again();
      return;
    }
    const answer = flow.reliable || key === undefined ? undefined : this.#answers.find(whole(key));
    if (answer !== undefined) {
      this.tally.retransmissions++;
      if (typeof answer === "number") flow.send(responseBytes(message, answer, {}, flow.remote, this.tag));
      else if (answer.length > 0) flow.send(answer);
      return;
    }
    const request = new ServerTransaction(this, message, flow, key);
    const wrong = checkRequest(message) ?? this.#looped(message) ?? this.#merged(request);
    if (wrong === undefined) {
      if (message.method !== "CANCEL" || !this.#cancelled(request)) this.#server?.request(request);
    } else {
      this.#reject(wrong, flow);
      if (mayAnswer(message)) this.#refuse(request, wrong);
    }
    request.arrived();
  }

  /** RFC 3261 §9.2: a CANCEL is for the INVITE that came the same way; whose INVITE is not known here is told so elsewhere. */
  #cancelled(request: ServerTransaction): boolean {
    const { flow, message } = request;
    const { key, kind } = cancelledKey(message);
    const invite = this.#table(flow).servers.get(key, kind);
    if (invite === undefined || !sameWay(invite.flow, flow)) return false;
    const { status, ends } = cancelAnswer(invite.inviteState);
    request.respond(status);
    if (ends) invite.cancelled();
    return true;
  }

  #responded(flow: Flow, message: SipMessage): void {
    const known = this.#known(flow, message);
    if (known !== undefined) {
      if (checkKnownResponse(message) === undefined) known.response(message);
      return;
    }
    const branch = message.via?.branch ?? "";
    if (!branch.startsWith(this.#branchHead)) return;
    const transaction = this.#table(flow).clients.get(branch.slice(this.#branchHead.length));
    // What answers nothing of ours is dropped: over UDP anybody can send it (RFC 3261 §18.1.2).
    if (transaction === undefined || transaction.method !== message.method) return;
    if (checkResponse(message) === undefined) transaction.response(message);
  }

  /** The request of ours that is answered, where Via and CSeq stand there as we write them: then nothing of them has to be read. */
  #known(flow: Flow, message: SipMessage): Pending | undefined {
    const { bytes } = message;
    const via = message.placeOf(viaId);
    const from = via + flow.viaHead.length + this.#branchHead.length;
    const to = from + tokenCharacters;
    // Behind the branch a parameter or the line's end follows: this is all of it.
    if (via < 0 || (bytes[to] !== 0x3b && bytes[to] !== 0x0d)) return undefined;
    const known = this.#table(flow).clients.at(bytes, from, to);
    return known !== undefined && isPlainCSeqAt(bytes, message.placeOf(cseqId), known.method) ? known : undefined;
  }

  /** A request with a branch of ours in any of its Vias has been here before; nothing of ours comes back rightly. */
  #looped(message: SipMessage): Fault | undefined {
    // Nearly always it stands nowhere in the head.
    if (!message.head.includes(this.#branchHead)) return undefined;
    for (const via of message.headers("via")) if (via.includes(this.#branchHead)) return fault("sip-loop");
    return undefined;
  }

  /** RFC 3261 §8.2.2.2: one that is being served already, and comes by another way as well, would be done twice. */
  #merged(request: ServerTransaction): Fault | undefined {
    // Mostly nothing else is being served, and nothing is made to compare with.
    const shared = this.#ongoing.size === 0 ? undefined : request.shared;
    const isServed = shared !== undefined && this.#ongoing.get(shared.key, shared.kind) !== undefined;
    return isServed ? fault("sip-merged") : undefined;
  }

  /** The words of a 400 are where a peer's programmer looks (RFC 3261 §21.4.1). */
  #refuse(request: ServerTransaction, why: Fault): void {
    const status = rowOf(why.code).sip ?? 400;
    const words = why.detail.replace(/[^ -~]/g, "").slice(0, 80);
    request.respond(status, status === 400 && words !== "" ? { reason: `Bad Request (${words})` } : {});
  }

  #reject(why: Fault, flow: Flow): void {
    this.#site.world.metrics.series("comity_sip_rejected_total", why.code).add(1);
    if (!this.#site.world.log.enabled("debug", "server")) return;
    const { address, port } = flow.remote;
    this.#site.log("debug", "SIP message refused", { address, port, fault: why.code, detail: why.detail });
  }
}

/** Both parts of a key in one; neither has a line end at its end. */
function whole({ key, kind }: RequestKey): string {
  return `${kind}\n${key}`;
}
