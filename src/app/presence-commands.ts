import type { Command } from "commander";
import type { Rules } from "../presence/rules.ts";
import { bareRegistration, nobody } from "../presence/rules.ts";
import { words } from "../presence/words.ts";
import { calendarStates } from "../server/calendar-desk.ts";
import type { Explanation, Seen, WatcherView } from "../server/presence-view.ts";
import type { Adder, CommonOptions } from "./command.ts";
import { showAnswer } from "./show-answer.ts";
import { durationWords, type ExitCode, say, styled, table, usage } from "./terminal.ts";

type ExplainOptions = CommonOptions & { readonly as?: string };
type CalendarOptions = CommonOptions & { readonly until?: string; readonly note?: string };

/** `comity presence …` */
export function addPresenceCommands(program: Command, add: Adder): void {
  const presence = program
    .command("presence")
    .summary("what people are shown as, why, and to whom")
    .description("What people are shown as, why, and to whom.");

  add(presence, "explain <address>", "say what somebody is shown as, and which rule made it so", explain)
    .option("--as <watcher>", "by the eyes of one watcher: what they see, and why")
    .option("--json", "answer in JSON, times as milliseconds since 1970")
    .addHelpText(
      "after",
      "\nExamples:\n  comity presence explain alice@ours.example\n  comity presence explain alice@ours.example --as bob@contoso.example",
    );

  add(presence, "rules", "list the rules that make one presence of many sources, in order", rules).option(
    "--json",
    "answer in JSON",
  );

  add(presence, "watchers <address>", "list who watches somebody, or asks to", watchers).option(
    "--json",
    "answer in JSON",
  );

  add(presence, "calendar <address> <state>", "say what somebody's calendar says now", calendar)
    .option("--until <time>", "until when; then it says nothing any more")
    .option("--note <text>", "what is shown beside it")
    .option("--json", "answer in JSON")
    .addHelpText(
      "after",
      `
States: ${calendarStates.join(", ")}. Somebody with time is shown as their devices say.

Example:
  comity presence calendar alice@ours.example in-a-meeting --until 2026-11-30T14:00Z --note "Budget"`,
    );
}

function targetOf(address: string, rest = ""): string {
  return `/presence/${encodeURIComponent(address)}${rest}`;
}

/** "On the phone", or "On the phone: back at three". */
function stateWords(state: keyof typeof words, note: string): string {
  return note === "" ? words[state] : `${words[state]}: ${note}`;
}

function explain(address: string, options: ExplainOptions): Promise<ExitCode> {
  const as = options.as === undefined ? "" : `?as=${encodeURIComponent(options.as)}`;
  return showAnswer<Explanation>(options, { target: targetOf(address, as) }, (value) => {
    const { composed, sources, tried, seen } = value;
    const since = composed.since === 0 ? "" : `, for ${durationWords(Date.now() - composed.since)}`;
    say(styled("bold", `${value.address}: ${stateWords(composed.availability, composed.note)}${since}`));
    const decided = tried.findLast(({ applied }) => applied);
    if (decided !== undefined) say(`by the rule ${decided.rule} (${decided.cite}): ${decided.reason}`);
    say(composed.reachable ? "Messages reach a device now." : "No device takes messages now.");
    say(`\n${sourceTable(sources)}\n`);
    const rows = tried.map(({ rule, when, applied, result, sources: by }) => [
      applied ? (result ?? "left out") : "-",
      rule,
      when,
      by.join(", "),
    ]);
    say(table(["GAVE", "RULE", "WHEN", "SOURCES"], rows));
    if (seen !== undefined) saySeen(seen);
  });
}

function sourceTable(sources: Explanation["sources"]): string {
  if (sources.length === 0) return "Nothing says anything of them.";
  const rows = sources.map(({ id, kind, availability, priority, since, note }) => [
    id,
    kind,
    availability,
    String(priority),
    durationWords(Date.now() - since),
    note,
  ]);
  return table(["SOURCE", "KIND", "SAYS", "PRIORITY", "FOR", "NOTE"], rows);
}

function saySeen({ watcher, verdict, why, subscribed, state, note, map, xmpp, sip }: Seen): void {
  say(styled("bold", `\n${watcher} sees: ${stateWords(state, note)}${map === undefined ? "" : ` (${map})`}`));
  say(`${verdict}, ${why}`);
  if (verdict === "allow" && !subscribed) say("They do not watch yet: nothing is shown before they ask.");
  for (const { from, show, status } of xmpp ?? []) {
    say(`XMPP  ${from}: ${show || "available"}${status === "" ? "" : `, "${status}"`}`);
  }
  if (xmpp?.length === 0) say("XMPP  unavailable");
  if (sip !== undefined) say(`SIP   ${[sip.basic, ...sip.activities].join(", ")}`);
}

function rules(options: CommonOptions): Promise<ExitCode> {
  return showAnswer<{ rules: Rules }>(options, { target: "/presence/rules" }, (value) => {
    const first = [bareRegistration.id, bareRegistration.when, "registrations are left out", bareRegistration.cite];
    const rows = [...value.rules, nobody].map(({ id, when, result, cite }) => [id, when, result, cite]);
    say(table(["RULE", "WHEN", "GIVES", "FROM"], [first, ...rows]));
    say("\nThe first that applies decides; of its sources, the one that changed last.");
  });
}

function watchers(address: string, options: CommonOptions): Promise<ExitCode> {
  return showAnswer<{ watchers: readonly WatcherView[] }>(
    options,
    { target: targetOf(address, "/watchers") },
    ({ watchers: known }) => {
      const rows = known.map(({ address: who, roster, sip, adHoc, verdict, why }) => [
        who,
        roster,
        sip.join(", ") || "-",
        adHoc === 0 ? "-" : `${adHoc}`,
        verdict,
        why,
      ]);
      const headings = ["WATCHER", "ROSTER", "SIP SUBSCRIPTIONS", "LOOKS", "VERDICT", "WHY"];
      say(rows.length === 0 ? "Nobody watches, and nobody has asked to." : table(headings, rows));
    },
  );
}

function calendar(address: string, state: string, options: CalendarOptions): Promise<ExitCode> | ExitCode {
  if (!calendarStates.some((each) => each === state)) return usage(`${state} is none of ${calendarStates.join(", ")}`);
  const until = options.until === undefined ? undefined : Date.parse(options.until);
  if (Number.isNaN(until)) return usage("--until is a time as 2026-11-30T14:00Z");
  const body = { state, until, note: options.note };
  return showAnswer<{ address: string }>(
    options,
    { method: "PUT", target: targetOf(address, "/calendar"), body },
    (value) => {
      const end = until === undefined ? "" : ` until ${new Date(until).toISOString()}`;
      say(`The calendar of ${value.address} says ${state}${end}.`);
    },
  );
}
