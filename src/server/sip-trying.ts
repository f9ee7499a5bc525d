import { type Fault, fault } from "../base/fault.ts";
import type { Result } from "../base/result.ts";
import type { SipMessage } from "../sip/message.ts";
import { secondsOf } from "../sip/subscription-state.ts";
import type { Asker } from "./sip-client-transaction.ts";
import type { Flow } from "./sip-flow.ts";
import type { Inviter } from "./sip-invite-transaction.ts";
import type { Failing } from "./sip-rests.ts";
import type { Site } from "./site.ts";

/** How one server failed one request. */
export type Failure = {
  readonly why: Failing;
  /** Seconds for which it wants to be left alone (RFC 3261 §21.5.4). */
  readonly retryAfter: number | undefined;
  /** Something else came over its connection meanwhile, so it lives. */
  readonly stirred: boolean;
};

/** The servers one request may go to, in their order. */
export interface Servers {
  /** For the log: whose servers they are. */
  readonly of: string;
  /** Another may be tried. */
  readonly more: boolean;
  failed(flow: Flow, failure: Failure): void;
  answered(flow: Flow): void;
  /** A connection to the next one that was not tried. */
  next(): Promise<Result<Flow>>;
}

/**
 * Sends a request over a flow: the same at each server, but for its Via and what names the way. Whoever waits for the answer is
 * wrapped by `trying`, so that a server that fails passes the request on; who is not hears of the failure.
 */
export type Send = (flow: Flow, trying: SipTrying) => void;

/**
 * A request on its way over the servers that may take it (RFC 3263 §4.3): after a 503, a broken connection, or 64*T1 without any
 * response the next one is tried, in a transaction of its own. From, Call-ID and CSeq stay, so that a server that gets it
 * twice can know it (RFC 3261 §8.2.2.2): who was silent may have taken it all the same, and rather twice than never. Who has
 * answered something, if only 100, has it, and is waited for.
 */
export class SipTrying implements Asker, Inviter {
  readonly #site: Site;
  readonly #servers: Servers;
  readonly #send: Send;
  #asker: Asker | undefined;
  #inviter: Inviter | undefined;
  #flow: Flow | undefined;
  #heard = 0;

  constructor(site: Site, servers: Servers, send: Send) {
    this.#site = site;
    this.#servers = servers;
    this.#send = send;
  }

  over(flow: Flow): void {
    this.#flow = flow;
    this.#heard = flow.heard;
    this.#send(flow, this);
  }

  /** The same over the first server, once it is reached; `failed` when it is not. */
  first(reached: Promise<Result<Flow>>, failed: (why: Fault) => void): void {
    reached.then(
      (way) => {
        if (way.ok) this.over(way.value);
        else failed(way.fault);
      },
      (error) => {
        this.#site.storeFailed(error);
        failed(fault("store-unavailable")); // or whoever asked would wait for ever
      },
    );
  }

  /** Hears the answer in the end. */
  asker(asker: Asker): Asker {
    this.#asker = asker;
    return this;
  }

  inviter(inviter: Inviter): Inviter {
    this.#inviter = inviter;
    return this;
  }

  answered(status: number, answer: SipMessage | undefined, silent?: boolean): void {
    const tell = () => this.#asker?.answered(status, answer, silent);
    this.#came(status, answer, silent === true, tell);
  }

  invited(status: number, answer: SipMessage | undefined, silent?: boolean): void {
    const tell = () => this.#inviter?.invited(status, answer, silent);
    this.#came(status, answer, silent === true, tell);
  }

  #came(status: number, answer: SipMessage | undefined, silent: boolean, tell: () => void): void {
    const flow = this.#flow;
    const why = failingBy(status, answer, silent);
    if (flow === undefined || why === undefined) {
      if (flow !== undefined && answer !== undefined) this.#servers.answered(flow);
      tell();
      return;
    }
    const retryAfter = secondsOf(/^[0-9]+/.exec(answer?.header("retry-after") ?? "")?.[0]);
    this.#servers.failed(flow, { why, retryAfter, stirred: flow.heard !== this.#heard });
    if (!this.#servers.more) {
      tell();
      return;
    }
    this.#servers.next().then(
      (next) => {
        if (!next.ok) {
          tell(); // what the last one said says most
          return;
        }
        const { address, port } = next.value.remote;
        this.#site.world.metrics.series("comity_sip_next_servers_total", why).add(1);
        this.#site.log("info", "SIP request goes to the next server", { of: this.#servers.of, why, address, port });
        this.over(next.value);
      },
      (error) => {
        this.#site.storeFailed(error);
        tell(); // or whoever asked would wait for ever
      },
    );
  }
}

/** RFC 3263 §4.3: undefined for an answer, which stands whatever it says. */
function failingBy(status: number, answer: SipMessage | undefined, silent: boolean): Failing | undefined {
  if (answer !== undefined) return status === 503 ? "unavailable" : undefined;
  if (status === 503) return "lost";
  return silent ? "silent" : undefined;
}
