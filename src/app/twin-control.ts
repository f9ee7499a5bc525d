import { createServer, type IncomingMessage } from "node:http";
import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { control } from "../twin/control.ts";
import type { Twin } from "../twin/twin.ts";
import type { Closable } from "./admin-socket.ts";

const bodyBytesMax = 262_144;

/**
 * Lets a stand-in be steered by HTTP on the loopback address, and nowhere else. Requests that name another host are refused,
 * so that no web page can send them through somebody's browser. Fails with listen-failed.
 */
export function serveTwinControl(twin: Twin, port: number): Promise<Result<Closable & { readonly port: number }>> {
  const server = createServer((request, response) => {
    void answer(twin, request).then(({ status, value }) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(`${JSON.stringify(value, null, 2)}\n`);
    });
  });
  const { promise, resolve } = Promise.withResolvers<Result<Closable & { readonly port: number }>>();
  server.once("error", (error) => resolve(no(fault("listen-failed", `127.0.0.1 port ${port}: ${error.message}`))));
  server.listen(port, "127.0.0.1", () => {
    const at = server.address();
    const taken = typeof at === "object" && at !== null ? at.port : port;
    const close = () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      });
    resolve(ok({ port: taken, close }));
  });
  return promise;
}

async function answer(twin: Twin, request: IncomingMessage) {
  if (
    !/^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(request.headers.host ?? "") ||
    request.headers.origin !== undefined
  ) {
    return { status: 403, value: { error: "only from this machine, and from no web page" } };
  }
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > bodyBytesMax) return { status: 413, value: { error: "too long" } };
      parts.push(part);
    }
  } catch {
    return { status: 400, value: { error: "the request broke off" } };
  }
  const body = Buffer.concat(parts).toString();
  return control(twin, { method: request.method ?? "", path: request.url ?? "", body });
}
