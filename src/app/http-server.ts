import { createServer as createNetServer, type Socket } from "node:net";
import { type SecureContext, TLSSocket } from "node:tls";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { HttpDoor } from "../server/http-door.ts";

/** The TLS context to show for the name a client asks for by SNI (none: undefined). */
export type ContextFor = (servername: string | undefined) => SecureContext;

export interface HttpServer {
  readonly port: number;
  /** Takes no more, ends idle connections, and lets requests under way be answered for limits.closeMs. */
  close(): Promise<void>;
}

/** How often Node looks for requests that take too long. */
const lookMs = 1_000;

/**
 * Serves the app on an address and port, over TLS where `contextFor` is given: asked with each connection, so that a renewed
 * certificate is shown at once. Connections are let in by the door, and closed when they are slow: to shake hands
 * (tlsHandshakeMs), to say a request (unauthenticatedMs), to read an answer (slowReaderMs), to ask again (httpIdleMs). Fails
 * with listen-failed.
 */
export function serveHttp(
  app: Hono,
  address: string,
  port: number,
  door: HttpDoor,
  contextFor?: ContextFor,
): Promise<Result<HttpServer>> {
  const http = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: { connectionsCheckingInterval: lookMs },
  }) as ReturnType<typeof import("node:http").createServer>;
  const open = new Set<Socket>();
  http.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const late = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
    if (late) door.tooSlow(addressOf(socket as Socket), "unauthenticatedMs");
    if (socket.writable)
      socket.end(`HTTP/1.1 ${late ? "408 Request Timeout" : "400 Bad Request"}\r\nConnection: close\r\n\r\n`);
    else socket.destroy();
  });
  // It listens to nothing, connections are handed to it; what would begin to look for slow requests is this event.
  http.emit("listening");
  const answered = new WeakSet<Socket>();
  http.on("request", ({ socket }, response) => {
    answered.delete(socket);
    response.once("close", () => answered.add(socket));
  });
  http.on("timeout", (socket: Socket) => {
    // Whoever has their answer and asks nothing more is not slow.
    if (!answered.has(socket)) door.tooSlow(addressOf(socket), "slowReaderMs");
    socket.destroy();
  });
  const serve = (socket: Socket): void => {
    // Read with each connection: a reload may have changed them.
    http.headersTimeout = door.limits.unauthenticatedMs;
    http.requestTimeout = door.limits.unauthenticatedMs;
    http.keepAliveTimeout = door.limits.httpIdleMs;
    http.timeout = door.limits.slowReaderMs;
    http.emit("connection", socket);
  };
  const front = createNetServer((plain) => {
    const from = addressOf(plain);
    const leave = door.admit(from);
    if (leave === undefined) {
      plain.destroy();
      return;
    }
    open.add(plain);
    plain.once("close", () => {
      open.delete(plain);
      leave();
    });
    plain.on("error", () => plain.destroy());
    if (contextFor === undefined) serve(plain);
    else shakeHands(plain, contextFor, door, serve);
  });
  const { promise, resolve } = Promise.withResolvers<Result<HttpServer>>();
  front.once("error", (error) => resolve(no(fault("listen-failed", `${address} port ${port}: ${error.message}`))));
  front.listen(port, address, () => {
    const at = front.address();
    const taken = typeof at === "object" && at !== null ? at.port : port;
    resolve(ok({ port: taken, close }));
  });

  function close(): Promise<void> {
    const closed = Promise.withResolvers<void>();
    const enough = setTimeout(() => {
      for (const socket of open) socket.destroy();
    }, door.limits.closeMs);
    front.close(() => {
      clearTimeout(enough);
      http.close();
      closed.resolve();
    });
    http.closeIdleConnections();
    return closed.promise;
  }
  return promise;
}

function shakeHands(plain: Socket, contextFor: ContextFor, door: HttpDoor, done: (secured: TLSSocket) => void): void {
  const secured = new TLSSocket(plain, {
    isServer: true,
    secureContext: contextFor(undefined),
    SNICallback: (servername, answer) => answer(null, contextFor(servername)),
  });
  const late = setTimeout(() => {
    door.tooSlow(addressOf(plain), "tlsHandshakeMs");
    plain.destroy();
  }, door.limits.tlsHandshakeMs);
  secured.on("error", () => plain.destroy());
  secured.once("secure", () => {
    clearTimeout(late);
    done(secured);
  });
  plain.once("close", () => clearTimeout(late));
}

function addressOf(socket: Pick<Socket, "remoteAddress">): string {
  return (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
}
