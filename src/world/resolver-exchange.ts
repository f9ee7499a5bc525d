import { createSocket, type Socket } from "node:dgram";
import { connect } from "node:net";
import { type Fault, fault } from "../base/fault.ts";
import type { Endpoint } from "../base/network.ts";
import type { RecordType } from "../base/resolver.ts";
import { encodeQuestion, type Question, type Reading, readReply } from "../dns/message.ts";
import { socketFault } from "./resolver-fault.ts";

export type Exchange<T extends RecordType> = {
  readonly server: Endpoint;
  readonly question: Question & { readonly type: T };
  readonly edns: boolean;
  readonly trustAd: boolean;
  readonly timeoutMs: number;
};

/** What an exchange can end with: a reading that is a reply to us. */
export type Outcome<T extends RecordType> = Exclude<Reading<T>, { kind: "stranger" }>;

/**
 * One question to one server by UDP, from a port of its own that the system draws (RFC 5452 §9.2). The socket is connected,
 * so nobody else's packets reach it, and a closed port is known at once.
 */
export function askByUdp<T extends RecordType>(exchange: Exchange<T>): Promise<Outcome<T>> {
  const { server, question, edns, trustAd, timeoutMs } = exchange;
  return new Promise((done) => {
    const socket = createSocket(server.address.includes(":") ? "udp6" : "udp4");
    const finish = once(done, timeoutMs, () => socket.close());
    socket.on("error", (error) => finish({ kind: "failure", why: socketFault(error, server) }));
    socket.on("message", (bytes) => {
      const reading = readReply(bytes, question, trustAd);
      if (reading.kind !== "stranger") finish(reading);
    });
    socket.connect(server.port, server.address, () => send(socket, encodeQuestion(question, edns), finish, server));
  });
}

function send(socket: Socket, bytes: Buffer, finish: (outcome: { kind: "failure"; why: Fault }) => void, to: Endpoint) {
  socket.send(bytes, (error) => {
    if (error !== null) finish({ kind: "failure", why: socketFault(error, to) });
  });
}

/** The same over TCP, each message with its length in front (RFC 7766 §8). */
export function askByTcp<T extends RecordType>(exchange: Exchange<T>): Promise<Outcome<T>> {
  const { server, question, edns, trustAd, timeoutMs } = exchange;
  return new Promise((done) => {
    const socket = connect({ host: server.address, port: server.port });
    const finish = once(done, timeoutMs, () => socket.destroy());
    let received: Buffer = Buffer.alloc(0);
    socket.on("error", (error) => finish({ kind: "failure", why: socketFault(error, server) }));
    socket.on("close", () => finish({ kind: "failure", why: fault("dns-malformed", "the connection ended early") }));
    socket.on("connect", () => {
      const bytes = encodeQuestion(question, edns);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(bytes.length);
      socket.write(Buffer.concat([length, bytes]));
    });
    socket.on("data", (bytes) => {
      received = Buffer.concat([received, bytes]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const reading = readReply(received.subarray(2, 2 + received.readUInt16BE(0)), question, trustAd);
      // On a connection of our own a stranger's reply is a broken server, and so is a truncated one.
      const broken = reading.kind === "stranger" || reading.kind === "truncated";
      finish(broken ? { kind: "failure", why: fault("dns-malformed", `${reading.kind} over TCP`) } : reading);
    });
  });
}

/** Ends an exchange exactly once: with its outcome, or with a timeout. */
function once<T extends RecordType>(
  done: (outcome: Outcome<T>) => void,
  timeoutMs: number,
  release: () => void,
): (outcome: Outcome<T>) => void {
  let over = false;
  const finish = (outcome: Outcome<T>) => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    release();
    done(outcome);
  };
  const timer = setTimeout(() => finish({ kind: "failure", why: fault("dns-timeout") }), timeoutMs);
  return finish;
}
