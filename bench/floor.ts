import { readFileSync } from "node:fs";
import { createServer, type TLSSocket } from "node:tls";
import { tlsSetting } from "./tls-setting.ts";

/**
 * The floor: a bare TLS server in the same Node that pairs sockets and passes on what comes. A socket says its number in its
 * first eight bytes; numbers 2n and 2n+1 are a pair, and everything after goes to the other.
 */
const [address = "", port = "", certificate = "", key = ""] = process.argv.slice(2);
const waiting = new Map<number, TLSSocket>();

const server = createServer(
  { ...tlsSetting, cert: readFileSync(certificate), key: readFileSync(key), noDelay: true },
  (socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", (first: Buffer) => {
      const number = Number(first.toString("latin1", 0, 8));
      const other = waiting.get(number ^ 1);
      if (other === undefined) {
        waiting.set(number, socket);
        socket.once("close", () => waiting.delete(number));
        return;
      }
      waiting.delete(number ^ 1);
      relay(socket, other);
      relay(other, socket);
      socket.write("ready...");
      other.write("ready...");
    });
  },
);
server.listen(Number(port), address, () => console.log("ready"));

function relay(from: TLSSocket, to: TLSSocket): void {
  from.on("data", (bytes: Buffer) => to.write(bytes));
  from.once("close", () => to.destroy());
}
