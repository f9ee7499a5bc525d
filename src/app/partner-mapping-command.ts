import type { Command } from "commander";
import { type SipPartnerType, sipPartnerTypes } from "../federation/sip-partner.ts";
import { overridesIn, type PartnerView } from "../federation/sip-partner-record.ts";
import { availabilities } from "../presence/availability.ts";
import type { Shown } from "../presence/mapping.ts";
import { type MappingOverrides, noOverrides, ownChoice, shownBy } from "../presence/mapping-overrides.ts";
import { bands } from "../presence/microsoft-availability.ts";
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
    .option("--set <row...>", "out:STATE=STATE[,TEXT] or in:STATE=STATE[,TEXT]: shown so to them, or to us")
    .option("--unset <row...>", "out:STATE or in:STATE: as the tables have it again")
    .option("--reset", "everything as the tables have it again, before --set")
    .option("--json", "answer in JSON")
    .addHelpText(
      "after",
      `\nStates: ${availabilities.join(", ")}.\nExample:\n  comity partner mapping contoso.example --set out:dnd=dnd in:busy=busy`,
    );
}

function mapping(domain: string, options: MappingOptions): Promise<ExitCode> | ExitCode {
  const { set = [], unset = [], reset = false } = options;
  const changes = [...unset, ...set];
  const type = sipPartnerTypes.find((each) => each === domain);
  if (type !== undefined) {
    if (changes.length > 0 || reset) return usage("a type's tables stand; change those of one partner");
    return print(type, type, noOverrides, options);
  }
  if (unset.some((row) => row.includes("=")) || set.some((row) => !row.includes("="))) {
    return usage("--set is DIRECTION:STATE=STATE[,TEXT], --unset DIRECTION:STATE");
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
    return print(answer.value.domain, answer.value.type, overrides, options);
  });
}

function print(name: string, type: SipPartnerType, overrides: MappingOverrides, options: MappingOptions): ExitCode {
  const partner = sipProfiles[type].mapping;
  const rows = availabilities.map((state) => ({
    state,
    there: shownBy(overrides, "out", partner, "xmpp3", state),
    here: shownBy(overrides, "in", partner, "xmpp3", state),
  }));
  if (options.json === true) {
    sayJson({ name, type, mapping: partner, rows });
    return exitCodes.ok;
  }
  const cells = rows.map(({ state, there, here }) => [words[state], cell(there), cell(here)]);
  say(table(["STATE", "OURS, AS THEY SEE IT", "THEIRS, AS WE SEE IT"], cells));
  const reasons = new Map<string, readonly string[]>();
  for (const { state, there, here } of rows) {
    for (const { ours } of [there, here]) {
      if (ours !== undefined) reasons.set(ours, [...new Set([...(reasons.get(ours) ?? []), words[state]])]);
    }
  }
  if (reasons.size > 0) say("\nOur choice, where the requirements leave it open:");
  for (const [why, states] of reasons) say(`  ${states.join(", ")}: ${why}`);
  if (partner === "ocs" || partner === "lync") {
    const numbers = bands.map(({ from, availability, idle }) => {
      return `${from} ${words[availability]}${idle && availability !== "idle" ? ", idle" : ""}`;
    });
    say(`\nTheir numbers mean, from (MAP-10): ${numbers.join("; ")}.`);
  }
  return exitCodes.ok;
}

function cell({ availability, text, map, ours }: Shown): string {
  const by = map === ownChoice ? "your choice" : `${map}${ours === undefined ? "" : ", our choice"}`;
  return `${words[availability]}${text === "" ? "" : ` "${text}"`} (${by})`;
}
