import { chmodSync, unlinkSync } from "node:fs";
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

type Server = ReturnType<typeof createAdaptorServer>;

function closeServer(server: Server, release: () => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => {
    release();
    resolve();
  });
  if ("closeIdleConnections" in server) server.closeIdleConnections();
  return promise;
}
