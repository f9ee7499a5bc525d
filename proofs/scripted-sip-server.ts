import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { limitsWith } from "../src/base/limits.ts";
import type { Connection, ConnectionHandler, Listener, Network } from "../src/base/network.ts";
import { SipFramer } from "../src/sip/framer.ts";
import type { SipMessage } from "../src/sip/message.ts";
import { responseBytes } from "../src/sip/response.ts";

/** What a server does with a request: answers it, says nothing, says 100 and nothing more, or breaks the connection. */
export type Conduct = number | { readonly status: number; readonly headers: string } | "silent" | "only 100" | "dies";

const limits = limitsWith({});

/** A server of a SIP domain over TCP that does with each request what its script says, and remembers what came. */
export class ScriptedSipServer {
  readonly heard: SipMessage[] = [];
  /** Keep-alives that came, none of which is answered. */
  pings = 0;
  conduct: Conduct | ((request: SipMessage) => Conduct) = 200;
  #listener: Listener | undefined;
  readonly #connections = new Set<Connection>();

  /** On loopback, for as long as the test runs. */
  static async start(t: TestContext, network: Network): Promise<ScriptedSipServer> {
    const made = new ScriptedSipServer();
    await made.listen(network, "127.0.0.1", 0);
    t.after(() => made.close());
    return made;
  }

  async listen(network: Network, address: string, port: number): Promise<void> {
    const opened = await network.listen({ address, port, accept: (connection) => this.#serve(connection) });
    assert.ok(opened.ok);
    this.#listener = opened.value;
  }

  get port(): number {
    return this.#listener?.at.port ?? 0;
  }

  /** How many stand. */
  get connections(): number {
    return this.#connections.size;
  }

  /** The bodies of the MESSAGEs that came. */
  get texts(): readonly string[] {
    return this.of("MESSAGE").map(({ body }) => body.toString("utf8"));
  }

  of(method: string): readonly SipMessage[] {
    return this.heard.filter((message) => message.method === method);
  }

  /** Nobody listens there any more, and nothing that stood stands. */
  close(): void {
    void this.#listener?.close();
    for (const connection of this.#connections) connection.destroy();
  }

  #serve(connection: Connection): ConnectionHandler {
    this.#connections.add(connection);
    const framer = new SipFramer(
      {
        onMessage: (message) => {
          if (!message.isRequest || message.method === "ACK") return true;
          this.heard.push(message);
          return this.#answer(connection, message);
        },
        onKeepAlive: () => {
          this.pings++;
        },
        onMalformed: () => true,
      },
      limits,
    );
    return {
      onData: (bytes) => void framer.push(bytes),
      onSecure: () => {},
      onDrain: () => {},
      onEnd: () => connection.end(),
      onClose: () => this.#connections.delete(connection),
    };
  }

  /** False when its connection is gone. */
  #answer(connection: Connection, request: SipMessage): boolean {
    const conduct = typeof this.conduct === "function" ? this.conduct(request) : this.conduct;
    const answer = (status: number, headers = "") =>
      connection.write(responseBytes(request, status, { toTag: "scripted", headers }, connection.remote, "scripted"));
    if (conduct === "dies") {
      connection.destroy();
      return false;
    }
    if (conduct === "only 100") answer(100);
    else if (typeof conduct === "number") answer(conduct);
    else if (conduct !== "silent") answer(conduct.status, conduct.headers);
    return true;
  }
}
