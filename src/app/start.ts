import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fault } from "../base/fault.ts";
import { type Chosen, commentedYaml } from "../config/render.ts";
import { editorSchema } from "../config/schema.ts";
import { certificateFolder, type Home, programFolder } from "./home.ts";
import type { Live } from "./live.ts";
import { serve } from "./serve.ts";
import { type ExitCode, failWith, say, styled } from "./terminal.ts";

/**
 * `comity start`: makes the data folder and a configuration for a first try, where they are missing, and runs the node. What
 * is chosen counts only for a configuration that is made now.
 */
export async function start(home: Home, chosen: Omit<Chosen, "development" | "everything">): Promise<ExitCode> {
  try {
    mkdirSync(home.folder, { recursive: true, mode: 0o700 });
    if (!existsSync(home.configFile)) {
      writeFileSync(home.configFile, commentedYaml({ ...chosen, development: true, everything: true }));
      writeFileSync(join(home.folder, "comity.schema.json"), `${JSON.stringify(editorSchema(), null, 2)}\n`);
      say(`Made ${home.configFile}.`);
    }
  } catch (error) {
    return failWith(fault("config-unreadable", (error as Error).message));
  }
  return serve(home, (live) => welcome(home, live));
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
    "sip-udp": "SIP clients (UDP)",
    "sip-tcp": "SIP clients (TCP)",
    "sip-tls": "SIP clients (TLS)",
    "sip-ws": "SIP clients in browsers, through a web server (WebSocket)",
    "sip-wss": "SIP clients in browsers (WebSocket, TLS)",
    "msrp-tls": "partners' conversations over MSRP (TLS)",
    "msrp-tcp": "partners' conversations over MSRP",
    xcap: "SIP clients' contact lists (XCAP)",
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
