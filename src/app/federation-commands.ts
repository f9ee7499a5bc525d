import type { Command } from "commander";
import type { Denial } from "../federation/denial.ts";
import type { DiscoveredView } from "../federation/discovered.ts";
import type { Discovery } from "../federation/discovery.ts";
import type { Adder, CommonOptions } from "./command.ts";
import { showAnswer } from "./show-answer.ts";
import { durationWords, type ExitCode, say, table } from "./terminal.ts";

const json = ["--json", "answer in JSON, times as milliseconds since 1970"] as const;

/** `comity federation …`, beside its links. */
export function addFederationCommands(federation: Command, add: Adder): void {
  add(federation, "deny <domain>", "talk with a domain no more, over XMPP or SIP, whatever else is configured", deny)
    .option(
      "--direction <direction>",
      "what is refused: both, in (what comes from there), out (what goes there)",
      "both",
    )
    .option(...json)
    .addHelpText("after", '\n"*.theirs.example" is theirs.example and every domain under it.');
  add(federation, "allow <domain>", "take a domain off the deny list", allow).option(...json);
  add(federation, "denied", "list the domains nobody may talk with", denied).option(...json);
  add(federation, "discovered", "list domains nobody configured, and what they speak", discovered).option(...json);
  add(federation, "discover <domain>", "ask DNS what a domain speaks; changes nothing", discover).option(...json);
  add(federation, "forget <domain>", "forget what a domain speaks, to have it looked up again", forget).option(...json);
}

const denialAt = (domain: string) => `/denied/${encodeURIComponent(domain)}`;
const discoveredAt = (domain: string) => `/discovered/${encodeURIComponent(domain)}`;

function deny(domain: string, options: CommonOptions & { readonly direction: string }): Promise<ExitCode> {
  const { direction } = options;
  const request = { method: "PUT", target: denialAt(domain), body: { direction } };
  return showAnswer<Denial>(options, request, (denial) => say(`${denial.domain} is denied (${denial.direction}).`));
}

function allow(domain: string, options: CommonOptions): Promise<ExitCode> {
  const request = { method: "DELETE", target: denialAt(domain) };
  return showAnswer<{ domain: string }>(options, request, (allowed) => say(`${allowed.domain} is denied no more.`));
}

function denied(options: CommonOptions): Promise<ExitCode> {
  return showAnswer<{ denied: readonly Denial[] }>(options, { target: "/denied" }, ({ denied: list }) => {
    const rows = list.map(({ domain, direction }) => [domain, direction]);
    say(rows.length === 0 ? "No domain is denied." : table(["DOMAIN", "DIRECTION"], rows));
  });
}

function discovered(options: CommonOptions): Promise<ExitCode> {
  const request = { target: "/discovered" };
  return showAnswer<{ discovered: readonly DiscoveredView[] }>(options, request, ({ discovered: list }) => {
    const now = Date.now();
    const rows = list.map(({ domain, protocol, type, why, atMs, untilMs }) => [
      domain,
      type === undefined ? protocol : `${protocol}, ${type}`,
      why,
      new Date(atMs).toISOString(),
      untilMs > now ? durationWords(untilMs - now) : "to be looked up again",
    ]);
    say(
      rows.length === 0
        ? "No unknown domain was met."
        : table(["DOMAIN", "SPEAKS", "BECAUSE", "FOUND", "BELIEVED FOR"], rows),
    );
  });
}

const outcomes: Readonly<Record<Discovery["kind"], string>> = {
  sip: "reached over SIP",
  xmpp: "reached over XMPP",
  none: "without servers in DNS: XMPP tries the domain's own address",
  failed: "not known: DNS did not answer what would decide",
};

function discover(domain: string, options: CommonOptions): Promise<ExitCode> {
  const request = { method: "POST", target: discoveredAt(domain) };
  return showAnswer<Discovery & { readonly domain: string }>(options, request, (found) => {
    for (const { name, words } of found.asked) say(`${name}: ${words}`);
    const type = found.kind === "sip" ? `, as ${found.type}` : "";
    say(`${found.domain} is ${outcomes[found.kind]}${type}.`);
  });
}

function forget(domain: string, options: CommonOptions): Promise<ExitCode> {
  const request = { method: "DELETE", target: discoveredAt(domain) };
  return showAnswer<{ domain: string }>(options, request, (gone) => say(`${gone.domain} will be looked up again.`));
}
