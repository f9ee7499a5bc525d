import { setTimeout as sleep } from "node:timers/promises";
import type { GatewayPartner } from "./gateway-partner.ts";
import { type GatewayWorkload, gatewayMode } from "./gateway-workloads.ts";
import { type GatewayJob, type Target, userName } from "./job.ts";
import { MsrpSide } from "./msrp-side.ts";
import { cseq, Field } from "./sip-text.ts";

const patienceMs = 10_000;
const to = new Field("To", "t");
const contact = new Field("Contact", "m");
const plain = "Content-Type: text/plain;charset=UTF-8\r\n";

/** How the partner's people talk in one workload: each text by itself, in a session, or over MSRP. */
export type Talk = {
  /** Texts for person number n are here. */
  listen(arrived: (person: number) => void): void;
  /** Person number n says it to user number n; `answered` when it is taken. */
  say(person: number, text: string, answered: (status: number) => void): void;
  close(): void;
};

/** `begins`: the partner's people open the conversations; done when all are open. */
export async function talkOf(
  job: GatewayJob,
  partner: GatewayPartner,
  workload: GatewayWorkload,
  count: number,
  begins: boolean,
): Promise<Talk> {
  switch (gatewayMode(workload)) {
    case "page":
      return pages(job, partner);
    case "session": {
      partner.describe = () => sipNull;
      const dialogs = begins ? await opened(job, partner, count, () => sipNull) : [];
      return { ...pages(job, partner), say: (person, text, answered) => dialogs[person]?.(text, answered) };
    }
    case "msrp":
      return msrp(job, partner, count, begins);
  }
}

function pages(job: GatewayJob, partner: GatewayPartner): Talk {
  const uris = new Map<number, string>();
  const uriOf = (person: number): string => {
    const uri = uris.get(person) ?? userUri(job, person);
    uris.set(person, uri);
    return uri;
  };
  return {
    listen(arrived) {
      partner.onRequest = (text) => {
        if (text.startsWith("MESSAGE ")) arrived(Number.parseInt(text.slice(text.indexOf(":p") + 2), 10));
      };
    },
    say: (person, text, answered) =>
      partner.request("MESSAGE", `p${person}`, uriOf(person), `User-Agent: Bench/1.0\r\n${plain}`, text, answered),
    close: () => {},
  };
}

async function msrp(job: GatewayJob, partner: GatewayPartner, count: number, begins: boolean): Promise<Talk> {
  const side = await MsrpSide.start(job);
  partner.describe = (person) => side.describe(person);
  if (begins) {
    await opened(job, partner, count, (person) => side.describe(person));
    const until = Date.now() + patienceMs;
    const missing = () => Array.from({ length: count }, (_, at) => `p${at}`).some((person) => !side.isUp(person));
    while (missing()) {
      if (Date.now() > until) throw new Error("not every session of MSRP was connected");
      await sleep(20);
    }
  }
  return {
    listen(arrived) {
      side.onText = arrived;
    },
    say: (person, text, answered) => side.send(`p${person}`, text, answered),
    close: () => side.close(),
  };
}

/** One conversation of each person with their user; answers how each says something inside its dialog. */
async function opened(job: GatewayJob, partner: GatewayPartner, count: number, sdpOf: (person: string) => string) {
  const dialogs: ((text: string, answered: (status: number) => void) => void)[] = [];
  for (let number = 0; number < count; number++) {
    const person = `p${number}`;
    const headers = `Contact: ${partner.contactOf(person)}\r\nContent-Type: application/sdp\r\n`;
    let callId = "";
    const response = await new Promise<string>((done, fail) => {
      callId = partner.request("INVITE", person, userUri(job, number), headers, sdpOf(person), (status, text) => {
        if (status < 300) done(text);
        else fail(new Error(`INVITE was answered with ${status}`));
      });
    });
    const uri = contact.of(response).replace(/^.*<|>.*$/g, "");
    const dialog = { callId, person, to: to.of(response), uri, cseq: Number.parseInt(cseq.of(response), 10) };
    partner.acknowledge(dialog);
    dialogs.push((text, answered) => partner.requestIn(dialog, "MESSAGE", plain, text, answered));
  }
  return dialogs;
}

function userUri(job: GatewayJob, number: number): string {
  const { mangled } = job.partner;
  const [{ domain }] = job.targets as [Target];
  const user = userName(number);
  return mangled === undefined ? `sip:${user}@${domain}` : `sip:${user}*${domain}@${mangled}`;
}

/** A session whose texts are MESSAGEs in its dialog (sip-wire 3.1). */
const sipNull =
  "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=message 5060 sip null\r\na=accept-types:text/plain\r\n";
