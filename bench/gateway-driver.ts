import { Client, inParallel } from "./client.ts";
import { type Talk, talkOf } from "./gateway-modes.ts";
import { GatewayPartner } from "./gateway-partner.ts";
import type { GatewayWorkload } from "./gateway-workloads.ts";
import { type Counted, type GatewayJob, type Target, userName } from "./job.ts";
import { MarkCounter } from "./lane.ts";
import { contacts } from "./presence.ts";
import { Window } from "./window.ts";

const stalledMs = 1_000;
const patienceMs = 30_000;
const said = "Wherefore art thou Romeo? Deny thy father and refuse thy name; or, if thou wilt not, be but sworn.";

/** One unit of a pair after the other. */
type Lane = { begin(): void; readonly stalled: boolean };

/** The loads between XMPP users of a server and the people of a SIP domain. */
export async function gatewayFigures(job: GatewayJob, workload: GatewayWorkload): Promise<Counted> {
  const [, xmpp] = job.targets as [Target, Target];
  const partner = await GatewayPartner.start(job);
  const count = workload === "gateway-presence" ? Math.min(job.pairs, 10) : job.pairs;
  const clients = await inParallel(count, job.atOnce, async (number) => {
    const client = await Client.signIn(xmpp, number, "SCRAM-SHA-1");
    await client.available();
    return client;
  });
  const window = new Window();
  const begins = workload.endsWith("to-xmpp");
  const talk = await talkOf(job, partner, workload, count, begins);
  const lanes =
    workload === "gateway-presence"
      ? await watched(job, partner, clients, window)
      : begins
        ? toXmpp(talk, clients, window)
        : toSip(job, partner, talk, clients, window);
  for (const lane of lanes) lane.begin();
  const figures = await window.measure(job, () => lanes.filter((lane) => lane.stalled).length);
  for (const client of clients) client.destroy();
  talk.close();
  partner.close();
  return figures;
}

/** The number in the first URI `sip:NAMEn…` of a header field. */
function numberIn(text: string, field: string, name: string): number {
  const at = text.indexOf(`\r\n${field}:`);
  const from = text.indexOf(`:${name}`, at + field.length + 3) + name.length + 1;
  return at === -1 ? Number.NaN : Number.parseInt(text.slice(from, from + 8), 10);
}

function toSip(job: GatewayJob, { domain }: GatewayPartner, talk: Talk, clients: readonly Client[], window: Window) {
  const { mangled } = job.partner;
  const lanes = clients.map((client, number) => {
    // A gateway for one domain has all SIP people under a name of its own.
    const person = `p${number}`;
    const to = mangled === undefined ? `${person}@${domain}` : `${person}*${domain}@${mangled}`;
    const message = Buffer.from(`<message to='${to}' type='chat' id='m0000001'><body>${said}</body></message>`);
    const errors = new MarkCounter("type='error'");
    client.onBytes = (bytes) => {
      if (errors.count(bytes) > 0) window.failed("a message came back");
    };
    let beganMs = 0;
    return {
      begin() {
        beganMs = performance.now();
        client.write(message);
      },
      arrived() {
        window.done(beganMs, performance.now());
        this.begin();
      },
      get stalled() {
        return performance.now() - beganMs > stalledMs;
      },
    };
  });
  talk.listen((number) => lanes[number]?.arrived());
  return lanes;
}

function toXmpp(talk: Talk, clients: readonly Client[], window: Window) {
  return clients.map((client, number): Lane => {
    const counter = new MarkCounter("</message>");
    let beganMs = 0;
    let missing = 0;
    const arrived = (count: number): void => {
      missing -= count;
      if (count === 0 || missing > 0) return;
      window.done(beganMs, performance.now());
      begin();
    };
    const begin = (): void => {
      missing = 2;
      beganMs = performance.now();
      talk.say(number, said, (status) => {
        if (status === 200 || status === 202) arrived(1);
        else window.failed(`a text was answered with ${status}`);
      });
    };
    client.onBytes = (bytes) => arrived(counter.count(bytes));
    return {
      begin,
      get stalled() {
        return performance.now() - beganMs > stalledMs;
      },
    };
  });
}

async function watched(job: GatewayJob, partner: GatewayPartner, clients: readonly Client[], window: Window) {
  const [{ domain }] = job.targets as [Target];
  const lanes = clients.map((client) => {
    let beganMs = 0;
    let missing = 0;
    let changes = 0;
    return {
      begin() {
        missing = contacts;
        beganMs = performance.now();
        const show = changes++ % 2 === 0 ? "away" : "dnd";
        client.write(
          `<presence><show>${show}</show><status>in a meeting until ${changes % 10} o'clock</status></presence>`,
        );
      },
      arrived() {
        window.done(beganMs, performance.now());
        if (--missing <= 0) this.begin();
      },
      get stalled() {
        return performance.now() - beganMs > stalledMs;
      },
    };
  });
  await subscribe(domain, partner, clients);
  partner.onRequest = (text) => {
    if (text.startsWith("NOTIFY ")) lanes[numberIn(text, "From", "user")]?.arrived();
  };
  return lanes;
}

/** Twenty people there watch each user here, who lets them; done when all have been told of the user's being there. */
async function subscribe(domain: string, partner: GatewayPartner, clients: readonly Client[]): Promise<void> {
  for (const client of clients) {
    let seen = "";
    client.onBytes = (bytes) => {
      seen += bytes.toString("latin1");
      seen = seen.replace(/<presence [^>]*type=['"]subscribe['"][^>]*>/g, (presence) => {
        const [, from = ""] = /from=['"]([^'"/]*)/.exec(presence) ?? [];
        client.write(`<presence type='subscribed' to='${from}'/>`);
        return "";
      });
    };
  }
  const active = new Set<string>();
  const headers = `Event: presence\r\nAccept: application/pidf+xml\r\nContact: ${partner.contact}\r\nExpires: 3600\r\n`;
  const all = new Promise<void>((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`only ${active.size} subscriptions became active`)), patienceMs);
    partner.onRequest = (text) => {
      if (!/\r\nSubscription-State: active/.test(text) || !text.includes("<basic>open")) return;
      active.add(`${numberIn(text, "From", "user")} ${numberIn(text, "To", "p")}`);
      if (active.size < clients.length * contacts) return;
      clearTimeout(timer);
      done();
    };
  });
  for (let watcher = 0; watcher < contacts; watcher++) {
    for (const number of clients.keys()) {
      const uri = `sip:${userName(number)}@${domain}`;
      await new Promise<void>((done, fail) => {
        partner.request("SUBSCRIBE", `p${watcher}`, uri, headers, "", (status) => {
          if (status < 300) done();
          else fail(new Error(`SUBSCRIBE was answered with ${status}`));
        });
      });
    }
  }
  await all;
  for (const client of clients) client.onBytes = () => {};
}
