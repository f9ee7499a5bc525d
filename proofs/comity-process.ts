import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const launcher = fileURLToPath(new URL("../bin/comity", import.meta.url));

export type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

/** Without what npm and the developer have set, so that a test says the same everywhere. */
function cleanEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|COMITY_|NODE_|NO_COLOR|FORCE_COLOR)/.test(name));
  return { ...Object.fromEntries(own), ...more };
}

export type RunOptions = { readonly input?: string; readonly env?: NodeJS.ProcessEnv; readonly command?: string };

/** Runs bin/comity to its end. */
export function comity(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const child = spawn(options.command ?? launcher, args, { env: cleanEnvironment(options.env) });
  const ended = collect(child);
  child.stdin.on("error", () => {}); // it may have ended without reading
  child.stdin.end(options.input ?? "");
  return ended;
}

function collect(child: ChildProcess): Promise<Ended> {
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  let out = "";
  let err = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text));
  child.on("error", reject);
  child.on("close", (code) => resolve({ code, out, err }));
  return promise;
}

/** A data folder that goes with the test. */
export function temporaryHome(t: TestContext, yaml?: string): string {
  const folder = mkdtempSync(join(tmpdir(), "comity-home-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  if (yaml !== undefined) writeFileSync(join(folder, "comity.yaml"), yaml);
  return folder;
}

/** Every listener on loopback, on ports the system chooses. */
export const anyPorts = `
listeners:
  - { kind: xmpp-client, address: 127.0.0.1, port: 0 }
  - { kind: xmpp-client-tls, address: 127.0.0.1, port: 0 }
  - { kind: xmpp-server, address: 127.0.0.1, port: 0 }
  - { kind: xmpp-server-tls, address: 127.0.0.1, port: 0 }
  - { kind: http, address: 127.0.0.1, port: 0 }
tls: { development: true }
`;

export type Running = {
  readonly pid: number;
  /** Everything written to standard output so far. */
  readonly out: () => string;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
};

/** Starts `comity serve` and waits for the line with `ready`; ended with the test at the latest. */
export async function startComity(t: TestContext, home: string, command = "serve"): Promise<Running> {
  const child = spawn(launcher, [command, "--home", home], {
    env: cleanEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  child.stdout.on("data", (text: Buffer) => {
    out += text.toString("utf8");
    if (/^.*\bready\b.*\n/m.test(out)) resolve();
  });
  const ended = collect(child);
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await ended;
  });
  const first = await Promise.race([ready.then(() => undefined), ended]);
  if (first !== undefined)
    throw new Error(`comity ended with ${first.code} before it was ready:\n${first.out}${first.err}`);
  return { pid: child.pid ?? 0, out: () => out, signal: (name) => void child.kill(name), ended };
}
