// A cable that can be cut: passes every connection to a server, and on the command "cut N" (a line on stdin) lets N more
// bytes through towards the server and then drops all connections, in the middle of whatever it was. "hold" takes
// connections from then on and says nothing on them.
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";

const [address, port, toAddress, toPort] = process.argv.slice(2);
const sockets = new Set();
let left = Number.POSITIVE_INFINITY;
let holding = false;

createServer((socket) => {
  keep(socket);
  if (holding || toAddress === undefined) return;
  const server = keep(connect(Number(toPort), toAddress));
  socket.on("data", (bytes) => {
    const passed = bytes.subarray(0, left);
    left -= passed.length;
    server.write(passed, () => left > 0 || cut());
  });
  server.on("data", (bytes) => socket.write(bytes));
  socket.on("end", () => server.end());
  server.on("end", () => socket.end());
}).listen(Number(port), address, () => console.log("relay is up"));

function keep(socket) {
  sockets.add(socket);
  socket.on("error", () => socket.destroy());
  return socket.on("close", () => sockets.delete(socket));
}

function cut() {
  for (const socket of sockets) socket.resetAndDestroy();
  left = Number.POSITIVE_INFINITY;
  console.log("cut");
}

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const [what, count] = line.split(" ");
    if (what === "cut") left = Number(count);
    if (what === "hold") holding = true;
  })
  .on("close", () => process.exit(0));
