import assert from "node:assert/strict";
import { request } from "node:http";
import type { TestContext } from "node:test";
import { xcapApp } from "../src/admin/xcap-app.ts";
import { serveHttp } from "../src/app/http-server.ts";
import type { DomainName } from "../src/base/domain-name.ts";
import { httpProof } from "./http-proof.ts";
import type { Stage } from "./play-stage.ts";

export type XcapAnswer = {
  readonly status: number;
  readonly challenge: string;
  readonly etag: string;
  readonly text: string;
};

export type XcapAsks = (
  method: string,
  path: string,
  body?: string | Uint8Array,
  headers?: Record<string, string>,
) => Promise<XcapAnswer>;

/** XCAP over HTTP in front of a stage's node: asked by anybody, and by Alice, who knows her password. */
export async function xcapOverHttp(
  t: TestContext,
  stage: Stage,
  failed: (error: unknown) => void,
): Promise<{ readonly asks: XcapAsks; readonly asAlice: XcapAsks }> {
  const app = xcapApp(
    () => stage.node.xcap,
    () => ["ours.example" as DomainName],
    () => 262_144,
    failed,
  );
  const server = await serveHttp(app, "127.0.0.1", 0, stage.node.httpDoor("xcap"));
  assert.ok(server.ok);
  t.after(() => server.value.close());
  /** The path goes onto the wire as it is. */
  const asks: XcapAsks = (method, path, body = "", headers = {}) =>
    new Promise((resolve, reject) => {
      const to = { host: "127.0.0.1", port: server.value.port, method, path, headers, agent: false };
      const asked = request(to, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part) => (text += part));
        const { "www-authenticate": challenge = "", etag = "" } = response.headers;
        response.on("end", () => resolve({ status: response.statusCode ?? 0, challenge, etag, text }));
      });
      asked.on("error", reject);
      asked.end(body);
    });
  const asAlice: XcapAsks = async (method, path, body, headers) => {
    const { challenge } = await asks(method, path, body, headers);
    return asks(method, path, body, { ...headers, authorization: httpProof("alice", method, path, challenge) });
  };
  return { asks, asAlice };
}
