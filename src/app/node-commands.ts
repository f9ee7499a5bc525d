import type { Command } from "commander";
import type { ReloadReport, Status } from "../admin/node.ts";
import { wordsFor } from "../base/fault.ts";
import type { LinkState } from "../federation/link-state.ts";
import { type CertificateReport, reportText } from "../pki/report.ts";
import type { SessionView } from "../server/session-view.ts";
import { addAuditCommand } from "./audit-command.ts";
import type { Adder, CommonOptions } from "./command.ts";
import type { Counter } from "./counter.ts";
import { addDomainCommands } from "./email-commands.ts";
import { addFederationCommands } from "./federation-commands.ts";
import { withCounter } from "./open-counter.ts";
import {
  bytesWords,
  durationWords,
  type ExitCode,
  exitCodes,
  failWith,
  say,
  sayJson,
  styled,
  table,
} from "./terminal.ts";

/** Commands that look at a node, and `reload`. */
export function addNodeCommands(program: Command, add: Adder): void {
  addAuditCommand(program, add);
  addDomainCommands(program, add);

  show<Status>(add, program, "status", "say whether a node runs and how it is", {
    target: "/status",
    print: showStatus,
  });
  show<{ sessions: readonly SessionView[] }>(add, program, "sessions", "list the devices that are signed in", {
    target: "/sessions",
    print: ({ sessions }) => showSessions(sessions),
  });

  const federation = program
    .command("federation")
    .summary("links with other domains, the deny list, unknown domains")
    .description("Links with other domains, whom not to talk with, and what is known of domains nobody configured.");
  show<{ links: readonly LinkState[] }>(
    add,
    federation,
    "links",
    "list the links: direction, address, TLS, proof, age, queue, last fault",
    { target: "/links", print: ({ links }) => showLinks(links) },
  );

  addFederationCommands(federation, add);

  const cert = program.command("cert").summary("certificates").description("The certificates this node shows.");
  show<{ certificates: readonly CertificateReport[] }>(add, cert, "show", "show the certificate of each domain", {
    target: "/certificates",
    print: ({ certificates }) => process.stdout.write(reportText(certificates)),
  });

  add(program, "reload", "put a changed configuration and new certificates in force", reload)
    .option("--json", "answer in JSON")
    .addHelpText("after", "\nNo connection is dropped. With a mistake in the file, all stays as it was.");
}

type Shown<T> = { readonly target: string; readonly print: (value: T) => void };

function show<T>(add: Adder, parent: Command, name: string, summary: string, shown: Shown<T>): void {
  add(parent, name, summary, (options: CommonOptions) =>
    withCounter(options, (counter) => fetchAndShow(counter, options, shown)),
  ).option("--json", "answer in JSON, times as milliseconds since 1970");
}

async function fetchAndShow<T>(counter: Counter, options: CommonOptions, shown: Shown<T>): Promise<ExitCode> {
  const answer = await counter.ask<T>("GET", shown.target);
  if (!answer.ok) return failWith(answer.fault, options);
  if (options.json === true) sayJson(answer.value);
  else shown.print(answer.value);
  return exitCodes.ok;
}

function reload(options: CommonOptions): Promise<ExitCode> {
  return withCounter(options, async (counter) => {
    const answer = await counter.ask<ReloadReport>("POST", "/reload");
    if (!answer.ok) return failWith(answer.fault, options);
    const { changes, faults, warnings } = answer.value;
    if (options.json === true) sayJson(answer.value);
    else if (faults.length > 0) process.stderr.write(`Nothing was changed:\n${faults.join("\n")}\n`);
    else {
      say(changes.length === 0 ? "Read again; nothing differs." : changes.join("\n"));
      for (const warning of warnings) say(`Warning: ${warning}`);
    }
    return faults.length > 0 ? exitCodes.failed : exitCodes.ok;
  });
}

function showStatus(status: Status): void {
  const up = durationWords(Date.now() - status.startedAt);
  const rows = [
    ["node", `${status.node}, process ${status.pid}, Comity ${status.version}`],
    ["state", status.ready ? styled("green", "ready") : styled("yellow", "not ready")],
    ["up for", up],
    ["domains", status.domains.join(", ")],
    [
      "listening",
      status.listeners.map(({ kind, address, port }) => `${kind} ${address} port ${port}`).join("\n           "),
    ],
    ["devices", `${status.devices.xmpp} by XMPP, ${status.devices.sip} registered by SIP`],
    ["SIP", sipWords(status)],
    ["phones", `${status.phoneLines} lines known`],
    ...(status.surprisingPartners.length === 0
      ? []
      : [["partners", `${styled("yellow", "other addresses in DNS")}: ${status.surprisingPartners.join(", ")}`]]),
    ["links", `${status.links.in} in, ${status.links.out} out`],
    ["memory", bytesWords(status.memoryBytes)],
  ];
  for (const [name = "", value = ""] of rows) say(`${name.padEnd(9)}  ${value}`);
}

function sipWords({ sip }: Status): string {
  const { connections, subscriptions, publications, transactions, deliveries, conversations, msrp, resting } = sip;
  return [
    `${connections} connections`,
    `${subscriptions} subscriptions`,
    `${publications} publications`,
    `${conversations} conversations with partners`,
    `${msrp} sessions of MSRP`,
    `${transactions} transactions and ${deliveries} deliveries under way`,
    ...(resting === 0 ? [] : [styled("yellow", `${resting} servers left for others`)]),
  ].join(", ");
}

function showSessions(sessions: readonly SessionView[]): void {
  const rows = sessions.map((session) => [
    session.address,
    session.protocol,
    session.presence,
    session.remote ?? (session.protocol === "sip" ? "(no connection)" : "(away, may resume)"),
    session.tls ?? "in the clear",
    durationWords(Date.now() - session.since),
  ]);
  say(rows.length === 0 ? "Nobody is signed in." : table(["ADDRESS", "BY", "PRESENCE", "FROM", "TLS", "FOR"], rows));
}

function showLinks(links: readonly LinkState[]): void {
  const rows = links.map((link) => [
    link.direction,
    link.pairs.map(({ local, foreign }) => `${local} ${link.direction === "in" ? "<" : ">"} ${foreign}`).join(", "),
    link.stage,
    link.remote === undefined ? "-" : `${link.remote.address} port ${link.remote.port}`,
    tlsWords(link),
    [...new Set(link.pairs.flatMap(({ proof }) => proof ?? []))].join(", ") || "-",
    durationWords(link.ageMs),
    queueWords(link),
    faultWords(link),
  ]);
  const headings = ["DIR", "DOMAINS", "STATE", "ADDRESS", "TLS", "PROOF", "AGE", "QUEUE", "LAST FAULT"];
  say(rows.length === 0 ? "There are no links, and none was tried lately." : table(headings, rows));
}

function tlsWords({ tls, stage }: LinkState): string {
  if (tls !== undefined) return `${tls.protocol} ${tls.cipher}`;
  return stage === "up" ? "in the clear" : "-";
}

function queueWords({ queuedStanzas, queuedBytes, unackedStanzas }: LinkState): string {
  const waiting = queuedStanzas === 0 ? [] : [`${queuedStanzas} (${bytesWords(queuedBytes)})`];
  const unacked = unackedStanzas === 0 ? [] : [`${unackedStanzas} not acknowledged`];
  return [...waiting, ...unacked].join(", ") || "-";
}

function faultWords({ lastFault, retryMs }: LinkState): string {
  if (lastFault === undefined) return "-";
  const again = retryMs === undefined ? "" : `; next try in ${durationWords(retryMs)}`;
  return `${wordsFor(lastFault)}${again}`;
}
