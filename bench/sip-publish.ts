import type { Counted, Job, Target } from "./job.ts";
import { contacts } from "./presence.ts";
import { type Agent, over, register } from "./sip-agent.ts";
import { befriended } from "./sip-friends.ts";
import { Field } from "./sip-text.ts";
import type { Transport } from "./sip-workloads.ts";
import { Window } from "./window.ts";

const stalledMs = 1_000;
const patienceMs = 20_000;
const etag = new Field("SIP-ETag");

/** `sip-publish`: users in groups of 21; the first of each publishes, the other twenty are notified, as in `x3`. */
export async function published(job: Job, transport: Transport): Promise<Counted> {
  const [, xmpp] = job.targets as [Target, Target?];
  const size = contacts + 1;
  const groups = Math.floor(job.users / size);
  // Who may watch is in the roster, where the server has one.
  if (xmpp !== undefined) await befriended(xmpp, groups * size, job.atOnce);
  const window = new Window();
  const agents = await register(job, transport, groups * size);
  const parties = Array.from({ length: groups }, (_, group) => {
    return new Party(agents[group * size] as Agent, agents.slice(group * size + 1, (group + 1) * size), window);
  });
  await Promise.all(parties.map((party) => party.gather()));
  return run(job, window, parties, agents);
}

/** `sip-alone`: the same without watchers, by as many users as there are pairs. */
export async function publishedAlone(job: Job, transport: Transport): Promise<Counted> {
  const window = new Window();
  const agents = await register(job, transport, job.pairs);
  const parties = agents.map((agent) => new Party(agent, [], window));
  return run(job, window, parties, agents);
}

async function run(job: Job, window: Window, parties: readonly Party[], agents: readonly Agent[]): Promise<Counted> {
  for (const party of parties) party.publish();
  const figures = await window.measure(job, () => parties.filter((party) => party.stalled).length);
  return { ...figures, resent: await over(job, agents) };
}

/** What is to be seen of a publication in the NOTIFYs that follow from it, and in no others. */
function mark(number: number): string {
  return `until number ${number}.`;
}

/** A publisher and who watches. The next change follows when the last is answered and all have seen it. */
export class Party {
  readonly #publisher: Agent;
  readonly #watchers: readonly Agent[];
  readonly #window: Window;
  #etag = "";
  #number = 0;
  #mark = "";
  #answered = true;
  #sentMs = 0;
  readonly #unseen = new Set<Agent>();
  #gathered: (() => void) | undefined;

  constructor(publisher: Agent, watchers: readonly Agent[], window: Window) {
    this.#publisher = publisher;
    this.#watchers = watchers;
    this.#window = window;
    for (const watcher of watchers) watcher.onRequest = (request) => this.#notified(watcher, request);
  }

  /** Subscribes the watchers, and waits until all have seen a publication. */
  async gather(): Promise<void> {
    const { address } = this.#publisher;
    for (const watcher of this.#watchers) {
      const headers = `Contact: ${watcher.contact}\r\nEvent: presence\r\nAccept: application/pidf+xml\r\nExpires: 3600\r\n`;
      const callId = `${watcher.user}-watches-${this.#publisher.user}`;
      await watcher.expect({ method: "SUBSCRIBE", uri: address, to: address, callId, headers, body: "" });
    }
    const seen = new Promise<void>((done, fail) => {
      const timer = setTimeout(
        () => fail(new Error(`${this.#unseen.size} watchers did not see ${address} publish in ${patienceMs} ms`)),
        patienceMs,
      );
      this.#gathered = () => {
        clearTimeout(timer);
        done();
      };
    });
    this.publish();
    await seen;
    this.#gathered = undefined;
  }

  publish(): void {
    const { address, contact } = this.#publisher;
    this.#mark = mark(++this.#number);
    this.#answered = false;
    for (const watcher of this.#watchers) this.#unseen.add(watcher);
    this.#sentMs = performance.now();
    const match = this.#etag === "" ? "" : `SIP-If-Match: ${this.#etag}\r\n`;
    const headers = `Contact: ${contact}\r\nEvent: presence\r\nExpires: 3600\r\n${match}Content-Type: application/pidf+xml\r\n`;
    const body = document(address, this.#number);
    this.#publisher.request({ method: "PUBLISH", uri: address, to: address, headers, body }, this.#done);
  }

  get stalled(): boolean {
    return performance.now() - this.#sentMs > stalledMs;
  }

  readonly #done = (status: number, response: string): void => {
    if (status !== 200) {
      this.#window.failed(`PUBLISH was answered with ${status}`);
      return;
    }
    this.#etag = etag.of(response);
    this.#answered = true;
    if (this.#watchers.length === 0) this.#window.done(this.#sentMs, performance.now());
    this.#on();
  };

  #notified(watcher: Agent, request: string): void {
    // Others: the one that follows a SUBSCRIBE, and what was sent again.
    if (!request.startsWith("NOTIFY ") || !request.includes(this.#mark) || !this.#unseen.delete(watcher)) return;
    this.#window.done(this.#sentMs, performance.now());
    this.#on();
  }

  #on(): void {
    if (!this.#answered || this.#unseen.size > 0) return;
    if (this.#gathered === undefined) this.publish();
    else this.#gathered();
  }
}

/** PIDF with a person's activity and a note (RFC 3863, RFC 4480), as clients of today publish it. */
function document(entity: string, number: number): string {
  const activity = number % 2 === 0 ? "away" : "busy";
  return `<?xml version="1.0" encoding="UTF-8"?>\r
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="${entity}">\r
<tuple id="bench"><status><basic>open</basic></status><note>In a meeting ${mark(number)}</note></tuple>\r
<dm:person id="person"><rpid:activities><rpid:${activity}/></rpid:activities></dm:person>\r
</presence>\r
`;
}
