// TLS for a program that has none: takes plain connections and carries each on over TLS to a server whose certificate must be
// signed by the authority and carry the name.
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { connect } from "node:tls";

const [address, port, toAddress, toPort, authority, name] = process.argv.slice(2);
const ca = readFileSync(authority);

createServer((plain) => {
  const secure = connect({ host: toAddress, port: Number(toPort), ca, servername: name });
  for (const [socket, other] of [
    [plain, secure],
    [secure, plain],
  ]) {
    socket.on("error", (error) => {
      console.log(`relay: ${error.message}`);
      other.destroy();
    });
    socket.pipe(other);
  }
}).listen(Number(port), address, () => console.log("relay is up"));
