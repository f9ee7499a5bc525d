import type { Command } from "commander";
import { isProfile, profiles } from "../twin/profile.ts";
import { isQuirk, type Quirks } from "../twin/quirk.ts";
import type { Adder, CommonOptions } from "./command.ts";
import { homeFrom } from "./home.ts";
import { type ExitCode, usage } from "./terminal.ts";
import type { TwinPlan } from "./twin.ts";

type TwinCommandOptions = CommonOptions & {
  readonly domain: string;
  readonly peerDomain: string[];
  readonly address: string;
  readonly port: string;
  readonly host?: string;
  readonly peer?: string;
  readonly peerName?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
  readonly tcp?: boolean;
  readonly user: string[];
  readonly quirk?: string[];
  readonly control: string;
  readonly clients?: string;
  readonly clientsTcp?: string;
  readonly password?: string;
};

async function twin(profile: string, options: TwinCommandOptions): Promise<ExitCode> {
  const { domain, peerDomain, address, host, peerName, cert, key, ca } = options;
  if (!isProfile(profile)) return usage(`${profile} is none of ${Object.keys(profiles).join(", ")}`);
  const transport = options.tcp === true ? "tcp" : "tls";
  const given = [cert, key, ca].filter((file) => file !== undefined).length;
  if (given !== 0 && given !== 3) return usage("--cert, --key and --ca go together");
  const quirks: Partial<Quirks> = {};
  for (const written of options.quirk ?? []) {
    const [name = "", value = "1"] = written.split("=");
    if (!isQuirk(name) || !/^\d{1,6}$/.test(value)) return usage(`${written} is no quirk, or its value no number`);
    quirks[name] = Number(value);
  }
  const peer = options.peer === undefined ? undefined : placeIn(options.peer);
  if (options.peer !== undefined && peer === undefined) return usage(`${options.peer} is not host:port`);
  const [port, control] = [portIn(options.port), portIn(options.control)];
  if (port === undefined || control === undefined) return usage("a port is a number up to 65535");
  const clients = clientsIn(options, profiles[profile].microsoft);
  if (typeof clients === "string") return usage(clients);
  const plan = {
    domain,
    address,
    port,
    host,
    peer,
    peerName,
    transport,
    cert,
    key,
    ca,
    control,
    clients,
    quirks,
  } as const;
  const { runTwin } = await import("./twin.ts");
  return runTwin({ ...plan, home: homeFrom(options).folder, profile, peerDomains: peerDomain, users: options.user });
}

/** Where real clients sign in; undefined: nowhere; in words what is wrong with it. */
function clientsIn(options: TwinCommandOptions, isMicrosoft: boolean): TwinPlan["clients"] | string {
  const { clients, clientsTcp, password, tcp } = options;
  if (clients === undefined && clientsTcp === undefined) {
    return password === undefined ? undefined : "--password is for --clients and --clients-tcp";
  }
  if (!isMicrosoft) return "clients sign in at Microsoft's servers only";
  if (password === undefined || password === "") return "--clients and --clients-tcp want --password";
  if (clients !== undefined && tcp === true) return "with --tcp there is no certificate for --clients: --clients-tcp";
  const [tlsPort, tcpPort] = [clients, clientsTcp].map((text) => (text === undefined ? undefined : portIn(text)));
  if ((clients !== undefined && tlsPort === undefined) || (clientsTcp !== undefined && tcpPort === undefined)) {
    return "a port is a number up to 65535";
  }
  return { tlsPort, tcpPort, password };
}

function placeIn(text: string): { readonly host: string; readonly port: number } | undefined {
  const [, host, digits = ""] = /^\[?([^\]\s]+?)\]?:(\d+)$/.exec(text) ?? [];
  const port = portIn(digits);
  return host === undefined || port === undefined ? undefined : { host, port };
}

function portIn(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}

/** `comity twin`. */
export function addTwinCommands(program: Command, add: Adder): void {
  add(program, "twin <profile>", `play a partner, to rehearse with: ${Object.keys(profiles).join(", ")}`, twin)
    .option("--domain <domain>", "the domain played", "contoso.example")
    .option("--peer-domain <domain...>", "the domains whose people may come", ["ours.example"])
    .option("--address <address>", "the IP address to listen on", "127.0.0.1")
    .option("--port <port>", "the port to listen on", "5061")
    .option("--host <name>", "its own name (default: the first of its certificate)")
    .option("--peer <host:port>", "where to connect to (default: the other side connects)")
    .option("--peer-name <name>", "what the other side's certificate has to name")
    .option("--cert <file>", "its certificate chain, PEM (default: made by the development CA of --home)")
    .option("--key <file>", "its key, PEM")
    .option("--ca <file>", "the authorities it believes, PEM")
    .option("--tcp", "in the clear, as OCS without an edge")
    .option("--user <name...>", "the people who are there", ["alice"])
    .option("--quirk <name=value...>", "quirks to begin with: name alone for on, =0 for off")
    .option("--clients <port>", "where real clients of these people sign in over TLS, as pidgin-sipe does (0: any)")
    .option("--clients-tcp <port>", "the same in the clear")
    .option("--password <word>", "the password of all who sign in there")
    .option("--control <port>", "steer it by HTTP on this port of 127.0.0.1 (0: any)", "0")
    .addHelpText(
      "after",
      `
Examples:
  comity twin lync2010 --port 5071 --peer 127.0.0.1:5061 --control 8061
  comity twin lync2010 --peer 127.0.0.1:5061 --clients 5071 --password rehearsal --user alice
  comity twin aol --domain aol.com --cert sip.aol.com.pem --key sip.aol.com.key --ca ca.pem --quirk slow-200=25 two-200s
  curl -d '{"to":"bob@ours.example","text":"hello"}' http://127.0.0.1:8061/users/alice/say
  curl http://127.0.0.1:8061/state`,
    );
}
