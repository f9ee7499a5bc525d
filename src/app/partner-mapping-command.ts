import type { Command } from "commander";
import { sipPartnerTypes } from "../federation/sip-partner.ts";
import { overridesIn, type PartnerView } from "../federation/sip-partner-record.ts";
import { type Availability, availabilities } from "../presence/availability.ts";
import { type Shown, shownHere, shownThere } from "../presence/mapping.ts";
import {
  bandsOf,
  inputStates,
  type MappingOverrides,
  noOverrides,
  ownChoice,
  seenBy,
  type Teller,
  toldOf,
} from "../presence/mapping-overrides.ts";
import { type Client, clients, type Partner, partners } from "../presence/mapping-table.ts";
import { words } from "../presence/words.ts";
import { sipProfiles } from "../translate/sip-profile.ts";
import type { Adder, CommonOptions } from "./command.ts";
import { withCounter } from "./open-counter.ts";
import { type ExitCode, exitCodes, failWith, say, sayJson, table, usage } from "./terminal.ts";

type MappingOptions = CommonOptions & {
  readonly set?: readonly string[];
  readonly unset?: readonly string[];
  readonly reset?: boolean;
};

/** `comity partner mapping` */
export function addMappingCommand(partner: Command, add: Adder): void {
  add(partner, "mapping <domain>", "show, or change, how each state is shown, both ways; also for a type", mapping)
    .option("--set <row...>", "DIRECTION[/CLASS]:STATE=STATE[,TEXT] or number:FROM=STATE[,idle]: shown so from now on")
    .option("--unset <row...>", "DIRECTION[/CLASS]:STATE or number:FROM: as the tables have it again")
    .option("--reset", "everything as the tables have it again, before --set")
    .option("--json", "answer in JSON")
    .addHelpText(
      "after",
      `
Directions: in (theirs, as people here see them), out (ours, as theirs are told).
Classes: ${clients.join(", ")}; out also phone (${inputStates.phone.join(", ")}), calendar (${inputStates.calendar.join(", ")}). Without one: every class that has no row of its own.
States: ${availabilities.join(", ")}.
Types: ${sipPartnerTypes.join(", ")}; of tables alone: ${partners.join(", ")}.
Examples:
  comity partner mapping contoso.example --set out:dnd=dnd in/cupc:busy=busy
  comity partner mapping contoso.example --set out/phone:on-the-phone=busy,"In a call" number:7500=away,idle`,
    );
}

function mapping(domain: string, options: MappingOptions): Promise<ExitCode> | ExitCode {
  const { set = [], unset = [], reset = false } = options;
  const changes = [...unset, ...set];
  const type = sipPartnerTypes.find((each) => each === domain);
  const tables = type === undefined ? partners.find((each) => each === domain) : sipProfiles[type].mapping;
  if (tables !== undefined) {
    if (changes.length > 0 || reset) return usage("a type's tables stand; change those of one partner");
    return print({ name: domain, type, mapping: tables }, noOverrides, options);
  }
  if (unset.some((row) => row.includes("=")) || set.some((row) => !row.includes("="))) {
    return usage("--set is DIRECTION[/CLASS]:STATE=STATE[,TEXT], --unset DIRECTION[/CLASS]:STATE");
  }
  return withCounter(options, async (counter) => {
    const target = `/partners/${encodeURIComponent(domain)}`;
    const answer =
      changes.length > 0 || reset
        ? await counter.ask<PartnerView>("PUT", `${target}/mapping`, { changes, reset })
        : await counter.ask<PartnerView>("GET", target);
    if (!answer.ok) return failWith(answer.fault, options);
    const overrides = overridesIn(answer.value.mapping);
    if (typeof overrides === "string") return usage(overrides);
    const { domain: name, type: kind } = answer.value;
    return print({ name, type: kind, mapping: sipProfiles[kind].mapping }, overrides, options);
  });
}

type Head = { readonly name: string; readonly type: string | undefined; readonly mapping: Partner };

/** One state, as it is shown to each class, or as each class makes it be told. */
type Row = { readonly state: Availability; readonly by: Readonly<Record<Client, Shown>> };

function rowsOf(shown: (client: Client, state: Availability) => Shown): readonly Row[] {
  return availabilities.map((state) => {
    const by = Object.fromEntries(clients.map((client) => [client, shown(client, state)])) as Record<Client, Shown>;
    return { state, by };
  });
}

/** MAP-11: what is no client and says something all the same. */
function inputsOf(overrides: MappingOverrides, partner: Partner) {
  return (["phone", "calendar"] as const).flatMap((input: Teller & keyof typeof inputStates) =>
    inputStates[input].map((state) => ({ input, state, there: toldOf(overrides, partner, { by: input, state }) })),
  );
}

function print(head: Head, overrides: MappingOverrides, options: MappingOptions): ExitCode {
  const { mapping: partner } = head;
  const there = rowsOf((client, state) => toldOf(overrides, partner, { by: client, state }));
  const here = rowsOf((client, state) => seenBy(overrides, partner, client, state));
  const inputs = inputsOf(overrides, partner);
  const microsoft = partner === "ocs" || partner === "lync";
  const numbers = microsoft ? bandsOf(overrides) : [];
  const within = {
    there: microsoft ? rowsOf((client, state) => shownThere(partner, client, state, "intradomain")) : [],
    here: microsoft ? rowsOf((client, state) => shownHere(partner, client, state, "intradomain")) : [],
  };
  if (options.json === true) {
    sayJson({ ...head, there, here, inputs, numbers, intradomain: within });
    return exitCodes.ok;
  }
  say(tableOf("OURS, AS THEY SEE IT", there));
  say(`\n${tableOf("THEIRS, AS WE SEE IT", here)}`);
  const said = inputs.map(({ input, state, there: shown }) => [`${input}: ${words[state]}`, cell(shown)]);
  say(`\n${table(["WHAT NO CLIENT SAYS (MAP-11)", "AS THEY SEE IT"], said)}`);
  say("A calendar's out of office is shown as presence.outOfOffice has it, unless it has a row of its own here.");
  if (microsoft) {
    const bands = numbers.map(({ from, availability, idle }) => {
      const state = `${words[availability]}${idle && availability !== "idle" ? ", idle" : ""}`;
      return [String(from), state, overrides.bands.some((each) => each.from === from) ? "your choice" : "MAP-10"];
    });
    say(`\n${table(["THEIR NUMBERS, FROM", "MEAN", ""], bands)}`);
    say("Below 3000 an enhanced document says nothing (our choice: some pages begin Available there).");
    say(`\nInside one domain with them (MAP-4), which is not in force here: as above, but for`);
    const other = [...differing("ours", within.there, partner), ...differing("theirs", within.here, partner)];
    say(table(["", "STATE", "CLASS", "SHOWN"], other));
  }
  const reasons = new Map<string, Set<string>>();
  const because = ({ ours }: Shown, state: Availability) => {
    if (ours !== undefined) reasons.set(ours, (reasons.get(ours) ?? new Set()).add(words[state]));
  };
  for (const { state, by } of [...there, ...here]) for (const client of clients) because(by[client], state);
  for (const { state, there: shown } of inputs) because(shown, state);
  if (reasons.size > 0) say("\nOur choice, where the requirements leave it open:");
  for (const [why, states] of reasons) say(`  ${[...states].join(", ")}: ${why}`);
  return exitCodes.ok;
}

/** Classes that are shown the same in all rows share a column. */
function tableOf(title: string, rows: readonly Row[]): string {
  const columns = new Map<string, Client[]>();
  for (const client of clients) {
    const key = rows.map(({ by }) => cell(by[client])).join("\n");
    columns.set(key, [...(columns.get(key) ?? []), client]);
  }
  const shared = [...columns.values()];
  const cells = rows.map(({ state, by }) => [words[state], ...shared.map(([first = "xmpp3"]) => cell(by[first]))]);
  const heads = shared.map((each) => each.join(", ").toUpperCase());
  return table([title, ...heads], cells);
}

/** What MAP-4 has otherwise than what goes between domains. */
function differing(whose: "ours" | "theirs", within: readonly Row[], partner: Partner): readonly (readonly string[])[] {
  const between = whose === "ours" ? shownThere : shownHere;
  return within.flatMap(({ state, by }) =>
    clients.flatMap((client) => {
      const usual = between(partner, client, state);
      const shown = by[client];
      const same = usual.availability === shown.availability && usual.text === shown.text;
      return same ? [] : [[whose, words[state], client, cell(shown)]];
    }),
  );
}

function cell({ availability, text, map, ours }: Shown): string {
  const by =
    map === ownChoice ? "your choice" : map === "ours" ? "our choice" : ours === undefined ? map : `${map}, our choice`;
  return `${words[availability]}${text === "" ? "" : ` "${text}"`} (${by})`;
}
