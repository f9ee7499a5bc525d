import { inParallel } from "./client.ts";
import { type Job, password, type Target, userName } from "./job.ts";
import { Digest } from "./sip-digest.ts";
import { type Link, openLink } from "./sip-link.ts";
import { cseq, okTo, SipCutter, statusOf } from "./sip-text.ts";
import type { Transport } from "./sip-workloads.ts";

/** RFC 3261 §17.1.2.2: T1. Twice and four times it do not matter here: nothing is lost often. */
const resendMs = 500;
const patienceMs = 20_000;

/** Agents whose requests may be overdue. */
const live = new Set<Agent>();
let lookedMs = performance.now();
setInterval(() => {
  const nowMs = performance.now();
  // What was not our turn is no time in which an answer could have been read.
  const heldMs = nowMs - lookedMs - resendMs / 5;
  lookedMs = nowMs;
  for (const agent of live) agent.resend(Math.max(0, heldMs));
}, resendMs / 5).unref();

/** A request before it has a number. */
export type Form = {
  readonly method: string;
  readonly uri: string;
  /** Address of record of the recipient. */
  readonly to: string;
  /** Without one, each request gets its own. */
  readonly callId?: string;
  /** More header lines, with their line ends. */
  readonly headers: string;
  readonly body: string;
};

/** The final response, and when the request was first sent (performance.now). */
export type Done = (status: number, response: string, sentMs: number) => void;

type Pending = {
  form: Form;
  text: string;
  readonly sentMs: number;
  lastMs: number;
  tries: number;
  readonly done: Done;
};

/** The least a user agent can be: one registered user on one socket, requests out and in, no more than the loads need. */
export class Agent {
  readonly user: string;
  readonly address: string;
  /** Value of a Contact field. */
  readonly contact: string;
  readonly domain: string;
  readonly #id: string;
  readonly #link: Link;
  readonly #via: string;
  readonly #from: string;
  readonly #pending = new Map<number, Pending>();
  readonly #challenged = new Set<string>();
  #digest: Digest | undefined;
  #number = 0;
  /** Takes requests; they have been answered with 200. */
  onRequest: (text: string) => void = () => {};
  /** Requests sent again because no answer came. */
  resent = 0;

  private constructor(link: Link, { domain }: Target, number: number) {
    const { transport, local } = link;
    this.#link = link;
    this.user = userName(number);
    this.domain = domain;
    this.address = `sip:${this.user}@${domain}`;
    this.contact = `<sip:${this.user}@${local}${transport === "udp" ? "" : `;transport=${transport}`}>`;
    this.#id = `${number}x${Math.floor(performance.timeOrigin).toString(36)}x${local.slice(local.lastIndexOf(":") + 1)}`;
    this.#via = `Via: SIP/2.0/${transport.toUpperCase()} ${local};rport;branch=z9hG4bK${this.#id}x`;
    this.#from = `From: <${this.address}>;tag=${this.#id}\r\nTo: <`;
    const take = (text: string): void => this.#take(text);
    const cutter = new SipCutter();
    link.onBytes = (bytes) => {
      if (transport === "udp") return take(bytes.toString("latin1"));
      link.hold();
      cutter.cut(bytes, take);
      link.release();
    };
  }

  /** User `number` with a socket of its own, not registered. */
  static async open(transport: Transport, target: Target, number: number): Promise<Agent> {
    const agent = new Agent(await openLink(transport, target), target, number);
    live.add(agent);
    return agent;
  }

  /** The same, registered beside the user's other devices. */
  static async register(transport: Transport, target: Target, number: number): Promise<Agent> {
    const agent = await Agent.open(transport, target, number);
    await agent.expect(agent.registration(3600));
    return agent;
  }

  /** A REGISTER for this device, or for "*", all of the user's. */
  registration(expires: number, contact = this.contact): Form {
    return {
      method: "REGISTER",
      uri: `sip:${this.domain}`,
      to: this.address,
      callId: this.#id,
      headers: `Contact: ${contact}\r\nExpires: ${expires}\r\n`,
      body: "",
    };
  }

  /** Sends it; challenges are answered, and over UDP it is repeated until a final response is there. */
  request(form: Form, done: Done): void {
    const nowMs = performance.now();
    this.#send({ form, text: "", sentMs: nowMs, lastMs: nowMs, tries: 0, done });
  }

  /** The same for what is no load: gives the response, which must be 200. */
  expect(form: Form): Promise<string> {
    return new Promise((done, fail) => {
      const what = `${form.method} of ${this.user}`;
      const timer = setTimeout(() => fail(new Error(`${what}: no answer in ${patienceMs} ms`)), patienceMs);
      this.request(form, (status, response) => {
        clearTimeout(timer);
        if (status === 200) done(response);
        else fail(new Error(`${what}: ${response.slice(0, response.indexOf("\r\n"))}`));
      });
    });
  }

  /** What is overdue, again, though nothing was read for `heldMs`; streams lose nothing. */
  resend(heldMs: number): void {
    if (this.#link.transport !== "udp") return;
    const nowMs = performance.now();
    for (const pending of this.#pending.values()) {
      pending.lastMs += heldMs;
      if (nowMs - pending.lastMs < resendMs) continue;
      pending.lastMs = nowMs;
      this.resent++;
      this.#link.send(pending.text);
    }
  }

  /** Takes its registration back and closes: servers that keep bindings would go on looking for it. */
  async close(): Promise<void> {
    try {
      await this.expect(this.registration(0));
    } finally {
      this.destroy();
    }
  }

  destroy(): void {
    live.delete(this);
    this.#pending.clear();
    this.#link.close();
  }

  #send(pending: Pending): void {
    const { method, uri, to, callId, headers, body } = pending.form;
    const number = ++this.#number;
    const auth = this.#challenged.has(method) ? (this.#digest?.line(method, uri) ?? "") : "";
    pending.text =
      `${method} ${uri} SIP/2.0\r\n${this.#via}${number}\r\nMax-Forwards: 70\r\n${this.#from}${to}>\r\n` +
      `Call-ID: ${callId ?? `${number}x${this.#id}`}\r\nCSeq: ${number} ${method}\r\n${auth}${headers}` +
      `Content-Length: ${body.length}\r\n\r\n${body}`;
    this.#pending.set(number, pending);
    this.#link.send(pending.text);
  }

  #take(text: string): void {
    const status = statusOf(text);
    if (status >= 200) this.#answered(status, text);
    else if (status === 0) {
      this.#link.send(okTo(text, this.#id));
      this.onRequest(text);
    }
  }

  #answered(status: number, text: string): void {
    const number = Number.parseInt(cseq.of(text), 10);
    const pending = this.#pending.get(number);
    if (pending === undefined) return;
    this.#pending.delete(number);
    if ((status === 401 || status === 407) && pending.tries < 2) {
      this.#digest = Digest.of(text, status, this.user, password);
      this.#challenged.add(pending.form.method);
      pending.tries++;
      pending.lastMs = performance.now();
      this.#send(pending);
    } else pending.done(status, text, pending.sentMs);
  }
}

/** The only devices of users 0 … count-1: what an earlier load left behind goes (RFC 3261 §10.2.2). */
export function register(job: Job, transport: Transport, count: number): Promise<Agent[]> {
  const [target] = job.targets as [Target];
  return inParallel(count, job.atOnce, async (number) => {
    const agent = await Agent.open(transport, target, number);
    await agent.expect(agent.registration(0, "*"));
    await agent.expect(agent.registration(3600));
    return agent;
  });
}

/** Ends what `register` began, and adds up how often something was sent again. */
export async function over(job: Job, agents: readonly Agent[]): Promise<number> {
  const resent = agents.reduce((sum, agent) => sum + agent.resent, 0);
  await inParallel(agents.length, job.atOnce, (number) => (agents[number] as Agent).close());
  return resent;
}
