import type { Command } from "commander";
import type { PartnerTest } from "../admin/node.ts";
import type { PartnerWarning } from "../admin/partner-app.ts";
import type { DiscoveredView } from "../federation/discovered.ts";
import { asExpected } from "../federation/partner-addresses.ts";
import { type SipMode, sipModes, sipPartnerTypes } from "../federation/sip-partner.ts";
import type { PartnerView } from "../federation/sip-partner-record.ts";
import type { PartnerState } from "../server/node.ts";
import { modeOf, sipProfiles } from "../translate/sip-profile.ts";
import type { Adder, CommonOptions } from "./command.ts";
import { withCounter } from "./open-counter.ts";
import { addMappingCommand } from "./partner-mapping-command.ts";
import { type ExitCode, exitCodes, failWith, say, sayJson, table, usage } from "./terminal.ts";

type Warned = PartnerView & { readonly warnings: readonly PartnerWarning[] };

type PartnerOptions = CommonOptions & {
  readonly protocol: string;
  readonly type: string;
  readonly route?: readonly string[];
  readonly name?: readonly string[];
  readonly address?: readonly string[];
  readonly direction: string;
  readonly mode?: string;
  readonly description?: string;
  readonly rate?: string;
  readonly connections?: string;
};

/** `comity partner …` */
export function addPartnerCommands(program: Command, add: Adder): void {
  const partner = program
    .command("partner")
    .summary("foreign domains reached over SIP")
    .description("Foreign domains reached over SIP. Every change is in force at once and audited.");
  add(partner, "add <domain>", "add a partner, or change the one of that domain", put)
    .option("--protocol <protocol>", "sip (partners over XMPP need none; see federation.partners)", "sip")
    .option("--type <type>", `what it runs: ${sipPartnerTypes.join(", ")}`, "simple")
    .option(
      "--route <host:port...>",
      'its servers in order, in place of DNS; behind one: ";tcp" for no TLS, ";priority=N" and ";weight=N" for another order, ";off" to park it',
    )
    .option("--mode <mode>", `for type simple, how texts go there: ${sipModes.join(", ")} (page)`)
    .option("--name <name...>", "more names its certificate may carry, as where its SRV record leads to another domain")
    .option("--address <address...>", "addresses it is expected at; they prove it where it has no TLS")
    .option("--direction <direction>", "who may begin: both, in (they), out (we), none", "both")
    .option("--description <text>", "what users read beside the domain")
    .option("--rate <n>", "requests a second it is sent at most (without it: what suits its type)")
    .option("--connections <n>", "connections opened to it at most, while it is busy (without it: what suits its type)")
    .option("--json", "answer in JSON")
    .addHelpText(
      "after",
      "\nExample:\n  comity partner add contoso.example --type lync2010 --route sip.contoso.example:5061",
    );
  add(partner, "list", "list the partners", list).option("--json", "answer in JSON");
  add(partner, "show <domain>", "show one partner", show).option("--json", "answer in JSON");
  add(partner, "remove <domain>", "remove a partner", remove).option("--json", "answer in JSON");
  add(partner, "test <domain>", "connect to a partner and say what is found", test).option("--json", "answer in JSON");
  addMappingCommand(partner, add);
}

function put(domain: string, options: PartnerOptions): Promise<ExitCode> | ExitCode {
  if (options.protocol !== "sip") return usage("--protocol is sip; XMPP partners stand in comity.yaml");
  const routes = (options.route ?? []).map(routeIn);
  if (routes.includes(undefined)) return usage("--route is host:port[;tcp][;priority=N][;weight=N][;off]");
  const { type, direction, description = "", name: names = [], address: addresses = [], mode } = options;
  const rate = options.rate === undefined ? undefined : Number(options.rate);
  if (Number.isNaN(rate)) return usage("--rate is a number of requests a second");
  const connections = options.connections === undefined ? undefined : Number(options.connections);
  if (Number.isNaN(connections)) return usage("--connections is a number");
  const body = { type, direction, description, routes, names, addresses, rate, connections, mode };
  return withCounter(options, async (counter) => {
    const answer = await counter.ask<Warned>("PUT", `/partners/${encodeURIComponent(domain)}`, body);
    if (!answer.ok) return failWith(answer.fault, options);
    if (options.json === true) sayJson(answer.value);
    else {
      say(`${answer.value.domain} is a partner of type ${answer.value.type}.`);
      for (const { words, advice } of answer.value.warnings) say(`Warning: ${words}\n  ${advice}`);
    }
    return exitCodes.ok;
  });
}

/** `host`, `host:port`, `[2001:db8::7]:5061`, and what may stand behind it. Ports: 5061 with TLS, 5060 without. */
function routeIn(text: string, at: number) {
  const [place = "", ...said] = text.split(";");
  const [, literal, name, port] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/.exec(place) ?? [];
  const host = literal ?? name;
  const words = said.map((each) => /^(tls|tcp|off|priority|weight)(?:=(\d{1,5}))?$/.exec(each) ?? undefined);
  if (host === undefined || words.includes(undefined)) return undefined;
  const number = (wanted: string) => words.find((word) => word?.[1] === wanted)?.[2];
  const has = (wanted: string) => said.includes(wanted);
  const transport = has("tcp") ? "tcp" : "tls";
  return {
    host,
    port: Number(port ?? (transport === "tls" ? 5061 : 5060)),
    transport,
    priority: Number(number("priority") ?? at + 1),
    weight: Number(number("weight") ?? 1),
    inService: !has("off"),
  };
}

function list(options: CommonOptions): Promise<ExitCode> {
  return withCounter(options, async (counter) => {
    const answer = await counter.ask<{ partners: readonly PartnerView[] }>("GET", "/partners");
    if (!answer.ok) return failWith(answer.fault, options);
    const { partners } = answer.value;
    // SET-13: others were found.
    const met = await counter.ask<{ discovered: readonly DiscoveredView[] }>("GET", "/discovered");
    const found = (met.ok ? met.value.discovered : []).filter(({ protocol }) => protocol === "sip");
    if (options.json === true) sayJson({ partners, discovered: found });
    else if (partners.length === 0) say("There are no SIP partners.");
    else {
      const rows = partners.map((each) => [each.domain, each.type, each.direction, routesOf(each), each.description]);
      say(table(["DOMAIN", "TYPE", "DIRECTION", "ROUTES", "DESCRIPTION"], rows));
    }
    if (options.json !== true && found.length > 0) {
      const rows = found.map(({ domain, type, why, atMs }) => [domain, type ?? "", why, new Date(atMs).toISOString()]);
      say(`\n${table(["DISCOVERED, NOT CONFIGURED", "TYPE", "BECAUSE", "AT"], rows)}`);
    }
    return exitCodes.ok;
  });
}

function routesOf({ routes }: Pick<PartnerView, "routes">): string {
  const words = routes.map(({ host, port, transport, priority, weight, inService }) => {
    const place = `${host.includes(":") ? `[${host}]` : host}:${port} ${transport}`;
    const order = `priority ${priority}${weight === 1 ? "" : ` weight ${weight}`}`;
    return `${place} ${inService ? order : "parked"}`;
  });
  return words.join(", ") || "by DNS";
}

function show(domain: string, options: CommonOptions): Promise<ExitCode> {
  return withCounter(options, async (counter) => {
    const answer = await counter.ask<Warned & { readonly state?: PartnerState }>(
      "GET",
      `/partners/${encodeURIComponent(domain)}`,
    );
    if (!answer.ok) {
      const met = await counter.ask<{ discovered: readonly DiscoveredView[] }>("GET", "/discovered");
      const found = met.ok ? met.value.discovered.find((each) => each.domain === domain.toLowerCase()) : undefined;
      return found === undefined ? failWith(answer.fault, options) : showDiscovered(found, options);
    }
    const { value } = answer;
    if (options.json === true) sayJson(value);
    else {
      const profile = sipProfiles[value.type];
      const rows = [
        ["domain", value.domain],
        ["type", `${value.type} (${profile.source})`],
        ["direction", value.direction],
        ["routes", routesOf(value)],
        ["names", value.names.join(", ") || "-"],
        ["addresses", value.addresses.join(", ") || "-"],
        ...addressRows(value.state),
        ...(value.state === undefined ? [] : [["now", standing(value.state)]]),
        ["rate", `${value.rate ?? profile.requestsPerSecondMax} requests a second at most`],
        ["connections", `${value.connections ?? profile.connectionsMax} opened at most`],
        ["description", value.description || "-"],
        ["messages", modeWords[modeOf(value)]],
        ["otherwise", value.mapping.join("; ") || "-"],
        ...value.warnings.map(({ words, advice }) => ["warning", `${words} ${advice}`] as const),
      ];
      for (const [name = "", text = ""] of rows) say(`${name.padEnd(11)}  ${text}`);
    }
    return exitCodes.ok;
  });
}

/** SET-13: a domain nobody configured. */
function showDiscovered(found: DiscoveredView, options: CommonOptions): ExitCode {
  const { domain, protocol, type, why, atMs, untilMs } = found;
  if (options.json === true) sayJson({ discovered: found });
  else {
    const rows = [
      ["domain", `${domain} (discovered, not configured)`],
      ["speaks", type === undefined ? protocol : `${protocol}, as ${type}`],
      ["because", why],
      ["found", new Date(atMs).toISOString()],
      ["believed", `until ${new Date(untilMs).toISOString()}`],
    ];
    for (const [name = "", text = ""] of rows) say(`${name.padEnd(11)}  ${text}`);
  }
  return exitCodes.ok;
}

/** What DNS says beside that, where a running node looks. */
function addressRows(state: PartnerState | undefined): readonly (readonly [string, string])[] {
  const looked = state?.addresses;
  if (looked === undefined) return [];
  const { found, added, gone, checkedAt, failed } = looked;
  const when = `${found.join(", ") || "none"} (${new Date(checkedAt).toISOString()})`;
  return [
    ["in DNS", failed === "" ? when : `${failed} (${new Date(checkedAt).toISOString()})`],
    ...(asExpected(looked)
      ? []
      : [["changed", `new: ${added.join(", ") || "-"}; gone: ${gone.join(", ") || "-"}`] as const]),
  ];
}

/** Of a running node. */
function standing({ connections: { all, ours }, awayMs }: PartnerState): string {
  const away = awayMs === undefined ? "" : `away for ${Math.round(awayMs / 1_000)} s, and looked for; `;
  return `${away}${all === 0 ? "no connection" : `${all} connections, ${ours} of them opened here`}`;
}

const modeWords: Readonly<Record<SipMode, string>> = {
  page: "each by itself (MESSAGE)",
  session: "in sessions (INVITE)",
  msrp: "in sessions over MSRP (INVITE)",
};

function remove(domain: string, options: CommonOptions): Promise<ExitCode> {
  return withCounter(options, async (counter) => {
    const answer = await counter.ask<{ domain: string }>("DELETE", `/partners/${encodeURIComponent(domain)}`);
    if (!answer.ok) return failWith(answer.fault, options);
    if (options.json === true) sayJson(answer.value);
    else say(`${answer.value.domain} is no partner any more.`);
    return exitCodes.ok;
  });
}

function test(domain: string, options: CommonOptions): Promise<ExitCode> {
  return withCounter(options, async (counter) => {
    const answer = await counter.ask<PartnerTest>("POST", `/partners/${encodeURIComponent(domain)}/test`);
    if (!answer.ok) return failWith(answer.fault, options);
    const { value } = answer;
    if (options.json === true) sayJson(value);
    else for (const { what, well, words: said } of value.steps) say(`${well ? "ok  " : "FAIL"}  ${what}: ${said}`);
    return value.steps.every(({ well }) => well) ? exitCodes.ok : exitCodes.failed;
  });
}
