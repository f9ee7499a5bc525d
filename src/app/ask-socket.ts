import { request } from "node:http";
import { reachable } from "./socket-path.ts";

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
