import { chmodSync, unlinkSync } from "node:fs";
import { createServer as createNetServer, type Server as NetServer } from "node:net";
import { type SecureContext, TLSSocket } from "node:tls";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { reachable } from "./socket-path.ts";

export interface Closable {
  close(): Promise<void>;
}

/**
 * Serves the app on a socket only its owner can open. The caller holds the store's lock, so a socket file that is there
 * already was left by a process that is gone.
 */
export function serveSocket(app: Hono, path: string): Promise<Result<Closable>> {
  try {
    unlinkSync(path);
  } catch {
    // There was none.
  }
  const server = createAdaptorServer({ fetch: app.fetch });
  const { promise, resolve } = Promise.withResolvers<Result<Closable>>();
  server.once("error", (error) => resolve(no(fault("listen-failed", `${path}: ${error.message}`))));
  // Until chmod the mode comes from the mask; the folder is closed to others as well.
  const before = process.umask(0o177);
  const { release } = reachable(path, (short) =>
    server.listen(short, () => {
      process.umask(before);
      chmodSync(path, 0o600);
      resolve(ok({ close: () => closeServer(server, release) }));
    }),
  );
  return promise;
}

/** The TLS context to show for the name a client asks for by SNI (none: undefined). */
export type ContextFor = (servername: string | undefined) => SecureContext;

/** Serves the app on an address and port, over TLS where `contextFor` is given. Fails with listen-failed. */
export function serveHttp(
  app: Hono,
  address: string,
  port: number,
  contextFor?: ContextFor,
): Promise<Result<Closable & { port: number }>> {
  const server = createAdaptorServer({ fetch: app.fetch });
  const front = contextFor === undefined ? server : tlsInFront(server, contextFor);
  const { promise, resolve } = Promise.withResolvers<Result<Closable & { port: number }>>();
  front.once("error", (error) => resolve(no(fault("listen-failed", `${address} port ${port}: ${error.message}`))));
  front.listen(port, address, () => {
    const at = front.address();
    const taken = typeof at === "object" && at !== null ? at.port : port;
    resolve(ok({ port: taken, close: () => closeServer(front, () => {}) }));
  });
  return promise;
}

/** TLS whose certificate is asked for with each connection, so that a renewed one is shown at once, and before HTTP. */
function tlsInFront(server: Server, contextFor: ContextFor): NetServer {
  return createNetServer((plain) => {
    const secured = new TLSSocket(plain, {
      isServer: true,
      secureContext: contextFor(undefined),
      SNICallback: (servername, answer) => answer(null, contextFor(servername)),
    });
    secured.on("error", () => plain.destroy());
    server.emit("connection", secured);
  });
}

type Server = ReturnType<typeof createAdaptorServer>;

function closeServer(server: Server | NetServer, release: () => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => {
    release();
    resolve();
  });
  if ("closeIdleConnections" in server) server.closeIdleConnections();
  return promise;
}
