import { createSocket, type Socket } from "node:dgram";
import { createServer, type Server } from "node:net";
import * as packet from "dns-packet";
import type { RecordData, RecordType } from "../src/base/resolver.ts";
import { lookUp, type Zone, zoneNegativeSeconds } from "../src/dns/zone.ts";

const asZoneType: Readonly<Record<string, RecordType>> = {
  A: "A",
  AAAA: "AAAA",
  SRV: "SRV",
  NAPTR: "NAPTR",
  TLSA: "TLSA",
  TXT: "TXT",
};

/** Ways for a server to be wrong, all of which are seen in the field. */
export type Misbehaviour = {
  /** Says SERVFAIL, or REFUSED, to everything. */
  readonly rcode?: "SERVFAIL" | "REFUSED";
  readonly silent?: boolean;
  /** Every UDP answer is cut off. */
  readonly truncates?: boolean;
  /** Answers FORMERR to a question with EDNS. */
  readonly knowsNoEdns?: boolean;
  /** Sends these first: forgeries, strays. Given the right reply, gives what to send before it. */
  readonly before?: (reply: Buffer) => readonly Buffer[];
  /** Sends this in place of the reply. */
  readonly instead?: (reply: Buffer) => Buffer;
  /** Gives only the alias, not what stands at its end, and no SOA. */
  readonly halfAliases?: boolean;
  /** Sets the AD bit. */
  readonly authenticated?: boolean;
};

/** An authoritative server for one table of records, on loopback, in this process, by UDP and TCP. */
export class DnsServer {
  zone: Zone;
  behaviour: Misbehaviour = {};
  /** Every question that came, in order: "udp SRV _xmpp-server._tcp.example.org". */
  readonly asked: string[] = [];
  readonly #udp: Socket;
  readonly #tcp: Server;

  private constructor(zone: Zone, udp: Socket, tcp: Server) {
    this.zone = zone;
    this.#udp = udp;
    this.#tcp = tcp;
    udp.on("message", (bytes, from) => {
      for (const reply of this.#replies(bytes, "udp")) udp.send(reply, from.port, from.address);
    });
    tcp.on("connection", (socket) => {
      socket.setNoDelay(true);
      socket.on("error", () => socket.destroy());
      socket.on("data", (bytes) => {
        for (const reply of this.#replies(bytes.subarray(2), "tcp")) {
          const length = Buffer.alloc(2);
          length.writeUInt16BE(reply.length);
          // In parts: a reader must not take one read for one message.
          socket.write(Buffer.concat([length, reply.subarray(0, 20)]));
          setTimeout(() => socket.write(reply.subarray(20)), 10);
        }
      });
    });
  }

  static async start(zone: Zone): Promise<DnsServer> {
    for (;;) {
      const tcp = createServer();
      await new Promise<void>((done) => tcp.listen(0, "127.0.0.1", done));
      const at = tcp.address();
      const port = typeof at === "object" && at !== null ? at.port : 0;
      const udp = createSocket("udp4");
      const bound = await new Promise<boolean>((done) => {
        udp.once("error", () => done(false));
        udp.bind(port, "127.0.0.1", () => done(true));
      });
      if (bound) return new DnsServer(zone, udp, tcp);
      tcp.close();
    }
  }

  /** "127.0.0.1:PORT", as a resolver is told of it. */
  get address(): string {
    return `127.0.0.1:${this.#udp.address().port}`;
  }

  async close(): Promise<void> {
    await new Promise<void>((done) => this.#udp.close(() => done()));
    await new Promise<void>((done) => this.#tcp.close(() => done()));
  }

  #replies(bytes: Buffer, by: "udp" | "tcp"): readonly Buffer[] {
    const query = packet.decode(bytes);
    const question = query.questions?.[0];
    const type = asZoneType[question?.type ?? ""];
    if (question === undefined || type === undefined || this.behaviour.silent) return [];
    this.asked.push(`${by} ${type} ${question.name.toLowerCase()}`);
    const reply = this.#reply(query, question, type, by);
    if (reply === undefined) return [];
    const { before, instead } = this.behaviour;
    return [...(before?.(reply) ?? []), instead?.(reply) ?? reply];
  }

  #reply(query: packet.Packet, question: packet.Question, type: RecordType, by: "udp" | "tcp"): Buffer | undefined {
    const { behaviour } = this;
    const options = query.additionals?.find((record) => record.type === "OPT");
    const make = (rcode: number, parts: Partial<packet.Packet>, flags = 0) =>
      packet.encode({
        type: "response",
        id: query.id ?? 0,
        flags: packet.AUTHORITATIVE_ANSWER | (behaviour.authenticated ? packet.AUTHENTIC_DATA : 0) | flags | rcode,
        questions: [question],
        ...parts,
      });
    if (behaviour.knowsNoEdns && options !== undefined) return make(1, {});
    if (behaviour.rcode !== undefined) return make(behaviour.rcode === "SERVFAIL" ? 2 : 5, {});
    const found = lookUp(this.zone, question.name, type);
    if (found.kind === "silent") return undefined;
    if (found.kind === "servfail") return make(2, {});
    const aliases: packet.Answer[] = found.aliases.map(({ name, to, ttlSeconds }) => ({
      type: "CNAME",
      name,
      ttl: ttlSeconds,
      data: to,
    }));
    if (behaviour.halfAliases && aliases.length > 0) return make(0, { answers: aliases.slice(0, 1) });
    if (found.kind === "nothing") {
      return make(found.exists ? 0 : 3, { answers: aliases, authorities: [soa(question.name)] });
    }
    const records = found.records.map((data) => record(type, found.name, found.ttlSeconds, data));
    const whole = make(0, { answers: [...aliases, ...records] });
    // Without EDNS 512 bytes go into a datagram (RFC 1035 §4.2.1), with it as many as the client said.
    const room = options?.type === "OPT" ? options.udpPayloadSize : 512;
    const cut = by === "udp" && (behaviour.truncates || whole.length > room);
    return cut ? make(0, {}, packet.TRUNCATED_RESPONSE) : whole;
  }
}

function soa(name: string): packet.Answer {
  const data = { mname: "ns.test", rname: "admin.test", serial: 1, refresh: 60, retry: 60, expire: 60 };
  return { type: "SOA", name, ttl: 3600, data: { ...data, minimum: zoneNegativeSeconds } };
}

function record<T extends RecordType>(type: T, name: string, ttl: number, data: RecordData[T]): packet.Answer {
  if (type === "TLSA") {
    const { usage, selector, matching, data: certificate } = data as RecordData["TLSA"];
    return {
      type: "TLSA",
      name,
      ttl,
      data: { usage, selector, matchingType: matching, certificate: Buffer.from(certificate) },
    };
  }
  // The other types have the same shape in both tables.
  return { type, name, ttl, data } as packet.Answer;
}
