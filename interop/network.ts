import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A network of our own for one run: a /24 of 127.0.0.0/8, all of which is loopback on Linux. Every server has an address of
 * its own and the real ports on it, nothing needs a namespace or a privilege, and two runs on one machine do not meet.
 */
export class Network {
  /** The first three bytes, "127.12.34". */
  readonly prefix: string;
  /** A folder for configurations, data and certificates; it goes when the network closes. */
  readonly folder: string;

  private constructor(prefix: string, folder: string) {
    this.prefix = prefix;
    this.folder = folder;
  }

  /** Takes a network nobody uses. Fails when something on this machine listens on 5269 of all addresses. */
  static async claim(): Promise<Network> {
    let last: unknown;
    for (let attempt = 0; attempt < 20; attempt++) {
      const seed = (process.pid * 31 + attempt * 7919) % (253 * 253);
      const prefix = `127.${1 + (seed % 253)}.${1 + Math.floor(seed / 253)}`;
      try {
        await probe(`${prefix}.1`, 5269);
        return new Network(prefix, mkdtempSync(join(tmpdir(), "comity-interop-")));
      } catch (error) {
        last = error;
      }
    }
    throw new Error(`port 5269 cannot be had on loopback; does an XMPP server run here? (${last})`);
  }

  address(host: number): string {
    return `${this.prefix}.${host}`;
  }

  close(): void {
    if (process.env.INTEROP_KEEP === undefined) rmSync(this.folder, { recursive: true, force: true });
  }
}

async function probe(address: string, port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen(port, address, done);
  });
  await new Promise<void>((done) => server.close(() => done()));
}
