import { createSocket, type RemoteInfo } from "node:dgram";
import { readFileSync } from "node:fs";
import { createServer as createTcp, type Socket } from "node:net";
import { createServer as createTls } from "node:tls";
import { tlsSetting } from "./tls-setting.ts";

/**
 * The floor for SIP: bare relays in the same Node, over UDP and TCP (5060) and TLS (5061). A peer says its number in its
 * first eight bytes; numbers 2n and 2n+1 are a pair, and everything after goes to the other. Streams are passed on line by
 * line: who relays SIP has to find where a message ends. Who begins with "a" is no pair: each of its lines is answered with one.
 */
const [address = "", certificate = "", key = ""] = process.argv.slice(2);

/** Eight of these for each datagram that begins with "o"; one small answer for eight that begin with "i". */
const large = Buffer.alloc(600, "x");
const small = Buffer.from("8");
const answer = Buffer.from(`${"x".repeat(399)}\n`);

const udp = createSocket({
  type: "udp4",
  // An address needs no looking up: this saves a turn of the event loop for each datagram.
  lookup: (host, _, done) => done(null, host, 4),
});
const partners = new Map<number, RemoteInfo>();
const waitingUdp = new Map<number, RemoteInfo>();
let counted = 0;

udp.on("message", (bytes, from) => {
  const partner = partners.get(from.port);
  if (partner !== undefined) return udp.send(bytes, partner.port, partner.address);
  if (bytes[0] === 0x61) udp.send(answer, from.port, from.address);
  else if (bytes[0] === 0x69) {
    if (++counted % 8 === 0) udp.send(small, from.port, from.address);
  } else if (bytes[0] === 0x6f) {
    for (let count = 0; count < 8; count++) udp.send(large, from.port, from.address);
  } else greet(Number(bytes.toString("latin1", 0, 8)), from);
});

function greet(number: number, from: RemoteInfo): void {
  const other = waitingUdp.get(number ^ 1);
  waitingUdp.set(number, from);
  if (other === undefined) return;
  partners.set(from.port, other);
  partners.set(other.port, from);
  for (const { port, address } of [from, other]) udp.send("ready...", port, address);
}

const waiting = new Map<number, Socket>();

function accept(socket: Socket): void {
  socket.on("error", () => socket.destroy());
  socket.once("data", (first: Buffer) => {
    if (first[0] === 0x61) {
      lines(socket, (_, count) => socket.write(count === 1 ? answer : Buffer.concat(Array(count).fill(answer))));
      socket.write("ready...");
      return;
    }
    const number = Number(first.toString("latin1", 0, 8));
    const other = waiting.get(number ^ 1);
    if (other === undefined) {
      waiting.set(number, socket);
      return;
    }
    waiting.delete(number ^ 1);
    relay(socket, other);
    relay(other, socket);
    socket.write("ready...");
    other.write("ready...");
  });
}

function relay(from: Socket, to: Socket): void {
  lines(from, (bytes) => to.write(bytes));
  from.once("close", () => to.destroy());
}

/** Hands on the whole lines of what comes, and how many they are. */
function lines(from: Socket, take: (bytes: Buffer, count: number) => void): void {
  let rest: Buffer | undefined;
  from.on("data", (piece: Buffer) => {
    const bytes = rest === undefined ? piece : Buffer.concat([rest, piece]);
    let end = 0;
    let count = 0;
    for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, end)) {
      end = at + 1;
      count++;
    }
    rest = end === bytes.length ? undefined : bytes.subarray(end);
    if (end > 0) take(bytes.subarray(0, end), count);
  });
}

const identity = { cert: readFileSync(certificate), key: readFileSync(key) };
udp.bind(5060, address, () => {
  createTcp({ noDelay: true }, accept).listen(5060, address, () => {
    createTls({ ...tlsSetting, ...identity, noDelay: true }, accept).listen(5061, address, () => console.log("ready"));
  });
});
