import type { Command } from "commander";
import type { Adder, CommonOptions } from "./command.ts";
import { homeFrom } from "./home.ts";
import { type ExitCode, usage } from "./terminal.ts";

type StartOptions = CommonOptions & {
  readonly domain?: string[];
  readonly address?: string;
  readonly partner?: string[];
};

/** localhost, because a client on this machine finds it without any set-up; the other to federate with. */
const firstDomains = ["localhost", "ours.example"];

// The node and all it needs is loaded only where it runs: other commands start in half the time.
const runNode = async (options: CommonOptions): Promise<ExitCode> =>
  (await import("./serve.ts")).serve(homeFrom(options));
async function startNode({
  domain = firstDomains,
  address,
  partner = [],
  ...options
}: StartOptions): Promise<ExitCode> {
  const partners: { domain: string; route: string[] }[] = [];
  for (const written of partner) {
    const [name = "", place = "", more] = written.split("=");
    if (name === "" || place === "" || more !== undefined) return usage(`${written} is not domain=address`);
    partners.push({ domain: name, route: [place] });
  }
  return (await import("./start.ts")).start(homeFrom(options), { domains: domain, address, partners });
}

/** `comity serve` and `comity start`. */
export function addServeCommands(program: Command, add: Adder): void {
  add(program, "serve", "run a node", runNode).addHelpText(
    "after",
    `
Writes a line with "ready" and its process id when every listener is up, and the id to comity.pid in the data folder.
SIGTERM or SIGINT: drains and ends with 0; a second one: ends at once, with 1.
SIGHUP: reads configuration and certificates again and drops no connection.

Example:
  comity serve --config /etc/comity/comity.yaml --home /var/lib/comity`,
  );

  add(program, "start", "make what is missing, then run a node: for a first try", startNode)
    .option("--domain <name...>", `domains to serve, when comity.yaml is made (default: ${firstDomains.join(" ")})`)
    .option("--address <address>", "the IP address to listen on, when comity.yaml is made (default: all)")
    .option("--partner <domain=address...>", "a foreign domain and where its server is, when comity.yaml is made")
    .addHelpText(
      "after",
      `
Makes the data folder, a commented comity.yaml, a development CA and certificates, where they are missing.

Examples:
  npm start
  npm start -- --domain ours.example --address 127.0.0.2 --home /tmp/ours --partner theirs.example=127.0.0.3`,
    );
}
