import { chmodSync, closeSync, openSync, unlinkSync } from "node:fs";
import { request } from "node:http";
import { dirname, join } from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";

/** What the system takes as a socket's path (sun_path of sockaddr_un), without the final zero. */
const pathBytesMax = 107;

/** A folder too deep for that is reached by an open descriptor of it (Linux). */
function reachable<T>(path: string, use: (path: string) => T): { value: T; release: () => void } {
  if (Buffer.byteLength(path) <= pathBytesMax) return { value: use(path), release: () => {} };
  const folder = openSync(dirname(path), "r");
  const short = join(`/proc/self/fd/${folder}`, path.slice(dirname(path).length + 1));
  return { value: use(short), release: () => closeSync(folder) };
}

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

/** Serves the app on an address and port. Fails with listen-failed. */
export function serveHttp(app: Hono, address: string, port: number): Promise<Result<Closable & { port: number }>> {
  const server = createAdaptorServer({ fetch: app.fetch });
  const { promise, resolve } = Promise.withResolvers<Result<Closable & { port: number }>>();
  server.once("error", (error) => resolve(no(fault("listen-failed", `${address} port ${port}: ${error.message}`))));
  server.listen(port, address, () => {
    const at = server.address();
    const taken = typeof at === "object" && at !== null ? at.port : port;
    resolve(ok({ port: taken, close: () => closeServer(server, () => {}) }));
  });
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

export type Asked = { readonly status: number; readonly body: unknown };

/** Asks the node behind the socket; undefined when none is there. Rejects when it hangs up half-way. */
export function askSocket(
  path: string,
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): Promise<Asked | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Asked | undefined>();
  let asked: ReturnType<typeof reachable<ReturnType<typeof request>>>;
  try {
    asked = reachable(path, (socketPath) => request({ socketPath, method, path: target, headers }));
  } catch {
    return Promise.resolve(undefined); // not even the folder is there
  }
  const { value: going, release } = asked;
  going.on("error", (error: NodeJS.ErrnoException) => {
    release();
    if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(undefined);
    else reject(error);
  });
  going.on("response", (response) => {
    const parts: Buffer[] = [];
    response.on("data", (part: Buffer) => parts.push(part));
    response.on("error", reject);
    response.on("end", () => {
      release();
      const text = Buffer.concat(parts).toString("utf8");
      resolve({ status: response.statusCode ?? 0, body: text === "" ? undefined : JSON.parse(text) });
    });
  });
  going.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}
