import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Command } from "commander";
import { fault } from "../base/fault.ts";
import { commentedYaml } from "../config/render.ts";
import { editorSchema } from "../config/schema.ts";
import type { Adder, CommonOptions } from "./command.ts";
import { certificateFolder, type Home, homeFrom, programFolder } from "./home.ts";
import type { Live } from "./live.ts";
import { type ExitCode, failWith, say, styled } from "./terminal.ts";

type StartOptions = CommonOptions & { readonly domain?: string[]; readonly address?: string };

/** localhost, because a client on this machine finds it without any set-up; the other to federate with. */
const firstDomains = ["localhost", "ours.example"];

/** `comity serve` and `comity start`. */
export function addServeCommands(program: Command, add: Adder): void {
  add(program, "serve", "run a node", (options: CommonOptions) => runNode(homeFrom(options))).addHelpText(
    "after",
    `
Writes a line with "ready" and its process id when every listener is up, and the id to comity.pid in the data folder.
SIGTERM or SIGINT: drains and ends with 0; a second one: ends at once, with 1.
SIGHUP: reads configuration and certificates again and drops no connection.

Example:
  comity serve --config /etc/comity/comity.yaml --home /var/lib/comity`,
  );

  add(program, "start", "make what is missing, then run a node: for a first try", start)
    .option("--domain <name...>", `domains to serve, when comity.yaml is made (default: ${firstDomains.join(" ")})`)
    .option("--address <address>", "the IP address to listen on, when comity.yaml is made (default: all)")
    .addHelpText(
      "after",
      `
Makes the data folder, a commented comity.yaml, a development CA and certificates, where they are missing.

Examples:
  npm start
  npm start -- --domain ours.example --address 127.0.0.2 --home /tmp/ours`,
    );
}

/** The node and all it needs is loaded only here: other commands start in half the time. */
async function runNode(home: Home, announce?: (live: Live) => void): Promise<ExitCode> {
  const { serve } = await import("./serve.ts");
  return serve(home, announce);
}

function firstConfig({ domain, address }: StartOptions): string {
  return commentedYaml({ domains: domain ?? firstDomains, development: true, address });
}

function start(options: StartOptions): Promise<ExitCode> | ExitCode {
  const home = homeFrom(options);
  try {
    mkdirSync(home.folder, { recursive: true, mode: 0o700 });
    if (!existsSync(home.configFile)) {
      writeFileSync(home.configFile, firstConfig(options));
      writeFileSync(join(home.folder, "comity.schema.json"), `${JSON.stringify(editorSchema(), null, 2)}\n`);
      say(`Made ${home.configFile}.`);
    }
  } catch (error) {
    return failWith(fault("config-unreadable", (error as Error).message));
  }
  return runNode(home, (live) => welcome(home, live));
}

/** What a newcomer needs to know next. */
function welcome(home: Home, live: Live): void {
  const { listeners, pid } = live.status();
  const [domain = "localhost"] = live.config.domains.map(({ name }) => name);
  const comity = relative(process.cwd(), join(programFolder, "bin", "comity")) || "bin/comity";
  const own = home.folder === join(programFolder, "home") ? "" : ` --home ${home.folder}`;
  const meaning: Readonly<Record<string, string>> = {
    "xmpp-client": "XMPP clients (STARTTLS)",
    "xmpp-client-tls": "XMPP clients (TLS at once)",
    "xmpp-server": "other domains' servers (STARTTLS)",
    "xmpp-server-tls": "other domains' servers (TLS at once)",
    http: "/metrics, /healthz, /readyz",
  };
  const client = listeners.find(({ kind }) => kind === "xmpp-client");
  const lines = [
    "",
    styled(
      "bold",
      `Comity is ready (process ${pid}), for ${live.config.domains.map(({ name }) => name).join(" and ")}.`,
    ),
    `Configuration: ${home.configFile}`,
    "",
    ...listeners.map(({ kind, address, port }) => `  ${`${address} port ${port}`.padEnd(24)} ${meaning[kind] ?? kind}`),
    "",
    "Add the first user, in another terminal:",
    `  ${comity} user add alice@${domain}${own}`,
    "Then sign in with any XMPP client:",
    `  address alice@${domain}, server ${reachableAt(client?.address)}, port ${client?.port ?? 5222}`,
    ...(live.config.tls.development
      ? [
          "The certificates are for trying things out. Let the client trust their CA:",
          `  ${join(certificateFolder(home, live.config), "ca.pem")}`,
        ]
      : []),
    "Ctrl-C stops.",
    "",
  ];
  say(lines.join("\n"));
}

/** An address a client on this machine can be given. */
function reachableAt(address = "127.0.0.1"): string {
  if (address === "0.0.0.0") return "127.0.0.1";
  return address === "::" ? "::1" : address;
}
