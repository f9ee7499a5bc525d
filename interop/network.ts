import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Process, type ProcessOptions, run } from "./process.ts";

/**
 * A network of our own for one run: a /24 of 127.0.0.0/8, all of which is loopback on Linux, where every server has an
 * address of its own and the real ports on it. Where this is root and may, it lies in a network namespace that nobody else's
 * listener reaches into; otherwise on the machine's own loopback, and two runs do not meet there either.
 */
export class Network {
  /** The first three bytes, "127.12.34". */
  readonly prefix: string;
  /** A folder for configurations, data and certificates; it goes when the network closes. */
  readonly folder: string;
  /** The process whose namespace it is. */
  readonly #holder: Process | undefined;

  private constructor(prefix: string, holder: Process | undefined) {
    this.prefix = prefix;
    this.folder = mkdtempSync(join(tmpdir(), "comity-interop-"));
    this.#holder = holder;
  }

  /** Takes a network nobody uses. Without a namespace it fails when something here listens on 5269 of all addresses. */
  static async claim(): Promise<Network> {
    const holder = await namespace();
    let last: unknown;
    for (let attempt = 0; attempt < 20; attempt++) {
      const seed = (process.pid * 31 + attempt * 7919) % (253 * 253);
      const prefix = `127.${1 + (seed % 253)}.${1 + Math.floor(seed / 253)}`;
      if (holder !== undefined) return new Network(prefix, holder);
      try {
        await probe(`${prefix}.1`, 5269);
        return new Network(prefix, undefined);
      } catch (error) {
        last = error;
      }
    }
    throw new Error(`port 5269 cannot be had on loopback; does an XMPP server run here? (${last})`);
  }

  address(host: number): string {
    return `${this.prefix}.${host}`;
  }

  /** An address behind which nobody is: packets to it vanish in a namespace, and are refused without one. */
  get nowhere(): string {
    return this.#holder === undefined ? this.address(254) : "192.0.2.99";
  }

  /** Runs a program on this network. It becomes the process that is started, so its pid is the program's. */
  start(name: string, command: readonly string[], options: ProcessOptions = {}): Process {
    const [program = "", ...args] = this.#inside(command);
    return new Process(name, program, args, options);
  }

  /** Runs a program to its end, as `run` does. */
  run(command: readonly string[], ms: number): Promise<string[]> {
    const [program = "", ...args] = this.#inside(command);
    return run(program, args, ms);
  }

  async close(): Promise<void> {
    await this.#holder?.stop();
    if (process.env.INTEROP_KEEP === undefined) rmSync(this.folder, { recursive: true, force: true });
  }

  #inside(command: readonly string[]): readonly string[] {
    if (this.#holder === undefined) return command;
    return ["nsenter", `--net=/proc/${this.#holder.pid}/ns/net`, "--", ...command];
  }
}

/** A process that holds a namespace with loopback, and a wire into nothing towards 192.0.2.99; it ends with its input. */
async function namespace(): Promise<Process | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const script = `ip link set lo up && {
    ip link add wire type veth peer name end && ip addr add 192.0.2.1/24 dev wire && ip link set wire up &&
      ip link set end up && ip neigh add 192.0.2.99 lladdr 02:00:00:00:00:01 dev wire nud permanent || :
    echo namespace is up; exec cat
  }`;
  const holder = new Process("namespace", "unshare", ["--net", "sh", "-c", script], { input: true });
  try {
    await holder.line(/namespace is up/, 5_000);
    return holder;
  } catch {
    await holder.kill();
    return undefined;
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
