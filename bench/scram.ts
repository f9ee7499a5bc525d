import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

/** Salted passwords by salt and iterations: deriving them is the server's cost to show, not the driver's to pay. */
const salted = new Map<string, Buffer>();

const hmac = (key: Buffer, text: string): Buffer => createHmac("sha1", key).update(text).digest();

/** The client's side of one SCRAM-SHA-1 exchange (RFC 5802), without channel binding. */
export class Scram {
  readonly #password: string;
  readonly #bare: string;

  constructor(user: string, password: string) {
    this.#password = password;
    this.#bare = `n=${user},r=${randomBytes(12).toString("base64")}`;
  }

  get first(): string {
    return base64(`n,,${this.#bare}`);
  }

  /** The answer to the server's challenge, both in Base64. */
  final(challenge: string): string {
    const server = Buffer.from(challenge, "base64").toString();
    const { r = "", s = "", i = "" } = Object.fromEntries(server.split(",").map((part) => [part[0], part.slice(2)]));
    const id = `${s} ${i} ${this.#password}`;
    const key = salted.get(id) ?? pbkdf2Sync(this.#password, Buffer.from(s, "base64"), Number(i), 20, "sha1");
    salted.set(id, key);
    const clientKey = hmac(key, "Client Key");
    const bare = `c=biws,r=${r}`;
    const signature = hmac(createHash("sha1").update(clientKey).digest(), `${this.#bare},${server},${bare}`);
    return base64(`${bare},p=${exclusive(clientKey, signature).toString("base64")}`);
  }
}

function exclusive(one: Buffer, other: Buffer): Buffer {
  return Buffer.from(one.map((byte, at) => byte ^ (other[at] ?? 0)));
}

export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
