import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { limitsWith } from "../src/base/limits.ts";
import { SipFramer } from "../src/sip/framer.ts";
import type { SipMessage } from "../src/sip/message.ts";
import { responseBytes } from "../src/sip/response.ts";

/** What a server does with a request: answers it, says nothing, says 100 and nothing more, or breaks the connection. */
export type Conduct = number | { readonly status: number; readonly headers: string } | "silent" | "only 100" | "dies";

/** A server of a SIP domain over TCP that does with each request what its script says, and remembers what came. */
export class ScriptedSipServer {
  readonly heard: SipMessage[] = [];
  conduct: Conduct | ((request: SipMessage) => Conduct) = 200;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(t: TestContext): Promise<ScriptedSipServer> {
    const made = new ScriptedSipServer();
    made.#server.listen(0, "127.0.0.1");
    await once(made.#server, "listening");
    t.after(() => made.close());
    return made;
  }

  get port(): number {
    const at = this.#server.address();
    return typeof at === "object" && at !== null ? at.port : 0;
  }

  /** The bodies of the MESSAGEs that came. */
  get texts(): readonly string[] {
    return this.heard.filter(({ method }) => method === "MESSAGE").map(({ body }) => body.toString("utf8"));
  }

  of(method: string): readonly SipMessage[] {
    return this.heard.filter((message) => message.method === method);
  }

  /** Nobody listens there any more, and nothing that stood stands. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    const framer = new SipFramer(
      {
        onMessage: (message) => {
          if (!message.isRequest || message.method === "ACK") return true;
          this.heard.push(message);
          this.#answer(socket, message);
          return !socket.destroyed;
        },
        onKeepAlive: () => {},
        onMalformed: () => true,
      },
      limitsWith({}),
    );
    socket.on("data", (bytes) => framer.push(bytes));
  }

  #answer(socket: Socket, request: SipMessage): void {
    const conduct = typeof this.conduct === "function" ? this.conduct(request) : this.conduct;
    const answer = (status: number, headers = "") =>
      socket.write(
        responseBytes(request, status, { toTag: "scripted", headers }, { address: "127.0.0.1", port: 5060 }, "scripted"),
      );
    if (conduct === "dies") socket.destroy();
    else if (conduct === "only 100") answer(100);
    else if (typeof conduct === "number") answer(conduct);
    else if (conduct !== "silent") answer(conduct.status, conduct.headers);
  }
}
