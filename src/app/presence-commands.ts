import type { Command } from "commander";
import type { PrivacyView } from "../admin/presence-admin.ts";
import type { Rules } from "../presence/rules.ts";
import { words } from "../presence/words.ts";
import { type CalendarWord, calendarStates } from "../server/calendar-desk.ts";
import type { LineView } from "../server/phone-desk.ts";
import type { Explanation, Seen, WatcherView } from "../server/presence-view.ts";
import type { Adder, CommonOptions } from "./command.ts";
import { withCounter } from "./open-counter.ts";
import { type ExitCode, exitCodes, failWith, say, sayJson, table, usage } from "./terminal.ts";

type ExplainOptions = CommonOptions & { readonly as?: string };
type CalendarOptions = CommonOptions & { readonly until?: string; readonly note?: string };
type PrivacyOptions = CommonOptions & {
  readonly default?: string;
  readonly allow?: readonly string[];
  readonly block?: readonly string[];
  readonly clear?: readonly string[];
};

/** `comity presence …` */
export function addPresenceCommands(program: Command, add: Adder): void {
  const presence = program
    .command("presence")
    .summary("what people are shown as, and why")
    .description("What people are shown as, why, and to whom. All of it asks the node that runs.");
  add(presence, "explain <address>", "say what somebody is shown as, and which rule made it so", explain)
    .option("--as <watcher>", "by the eyes of one watcher: what they see, and why")
    .option("--json", "answer in JSON")
    .addHelpText("after", "\nExample:\n  comity presence explain alice@ours.example --as bob@contoso.example");
  add(presence, "rules", "list the rules of composition, in order", rules).option("--json", "answer in JSON");
  add(presence, "watchers <address>", "list who watches somebody, or asks to", watchers).option(
    "--json",
    "answer in JSON",
  );
  add(
    presence,
    "calendar <address> <state>",
    `say what somebody's calendar says: ${calendarStates.join(", ")}`,
    calendar,
  )
    .option("--until <time>", "until when, as 2026-11-30T14:00Z")
    .option("--note <text>", "what is shown beside it")
    .option("--json", "answer in JSON");
  add(presence, "privacy <address>", "show or change whom somebody lets see them", privacy)
    .option("--default <word>", "for everybody without an entry: ask, allow or block")
    .option("--allow <who...>", "addresses or domains that may")
    .option("--block <who...>", "addresses or domains that may not")
    .option("--clear <who...>", "addresses or domains whose entry goes")
    .option("--json", "answer in JSON");
  add(presence, "lines", "list the telephone lines call managers tell of", lines).option("--json", "answer in JSON");
}

/** Asks the node, and shows the answer as JSON or by `show`. */
function asked<T>(
  options: CommonOptions,
  method: string,
  target: string,
  body: object | undefined,
  show: (value: T) => void,
): Promise<ExitCode> {
  return withCounter(options, async (counter) => {
    const answer = await counter.ask<T>(method, target, body);
    if (!answer.ok) return failWith(answer.fault, options);
    if (options.json === true) sayJson(answer.value);
    else show(answer.value);
    return exitCodes.ok;
  });
}

function explain(address: string, options: ExplainOptions): Promise<ExitCode> {
  const as = options.as === undefined ? "" : `?as=${encodeURIComponent(options.as)}`;
  return asked<Explanation>(options, "GET", `/presence/${encodeURIComponent(address)}${as}`, undefined, (value) => {
    const { composed, sources, tried, seen } = value;
    const note = composed.note === "" ? "" : ` "${composed.note}"`;
    const reach = composed.reachable ? "messages reach a device now" : "no device takes messages now";
    say(`${value.address} is shown as: ${words[composed.availability]}${note} (${reach})`);
    say("");
    if (sources.length === 0) say("Nothing says anything about them.");
    else {
      const rows = sources.map((each) => [
        each.id,
        each.kind,
        words[each.availability],
        String(each.priority),
        each.since === 0 ? "-" : new Date(each.since).toISOString(),
        each.note,
      ]);
      say(table(["SOURCE", "KIND", "SAYS", "PRIORITY", "SINCE", "NOTE"], rows));
    }
    say("");
    const rows = tried.map((each) => [
      each.applied ? (each.result === undefined ? "applied" : `gave ${words[each.result]}`) : "-",
      each.rule,
      each.when,
      each.sources.join(", "),
      each.cite,
    ]);
    say(table(["", "RULE", "WHEN", "SOURCES", "FROM"], rows));
    if (seen !== undefined) {
      say("");
      saySeen(seen);
    }
  });
}

function saySeen(seen: Seen): void {
  const note = seen.note === "" ? "" : ` "${seen.note}"`;
  const map = seen.map === undefined ? "" : ` (${seen.map})`;
  say(`${seen.watcher} sees: ${words[seen.state]}${note}${map}`);
  say(
    `because   ${seen.verdict}: ${seen.why}${seen.subscribed ? "" : "; they are not subscribed and see nothing yet"}`,
  );
  for (const { from, show, status } of seen.xmpp ?? []) {
    say(`in XMPP   ${from}${show === "" ? "" : ` show ${show}`}${status === "" ? "" : ` status "${status}"`}`);
  }
  if (seen.xmpp?.length === 0) say("in XMPP   unavailable");
  if (seen.sip !== undefined) say(`in SIP    ${Object.values(seen.sip).flat().join(" ")}`);
}

function rules(options: CommonOptions): Promise<ExitCode> {
  return asked<{ rules: Rules }>(options, "GET", "/presence/rules", undefined, (value) => {
    const rows = value.rules.map(({ id, when, result, cite }) => [id, when, result, cite]);
    say(table(["RULE", "WHEN", "SHOWS", "FROM"], rows));
  });
}

function watchers(address: string, options: CommonOptions): Promise<ExitCode> {
  const target = `/presence/${encodeURIComponent(address)}/watchers`;
  return asked<{ watchers: readonly WatcherView[] }>(options, "GET", target, undefined, (value) => {
    if (value.watchers.length === 0) say(`Nobody watches ${address}.`);
    else {
      const rows = value.watchers.map((each) => [
        each.address,
        each.roster,
        each.sip.join(", ") || "-",
        each.verdict,
        each.why,
      ]);
      say(table(["WATCHER", "ROSTER", "SIP", "VERDICT", "WHY"], rows));
    }
  });
}

function calendar(address: string, state: string, options: CalendarOptions): Promise<ExitCode> | ExitCode {
  const known = calendarStates.find((each) => each === state);
  if (known === undefined) return usage(`${state} is none of ${calendarStates.join(", ")}`);
  const until = options.until === undefined ? undefined : Date.parse(options.until);
  if (Number.isNaN(until)) return usage("--until is a time as 2026-11-30T14:00Z");
  const body: CalendarWord = { state: known, until, note: options.note ?? "" };
  const target = `/presence/${encodeURIComponent(address)}/calendar`;
  return asked<{ address: string }>(options, "PUT", target, body, (value) => {
    say(`The calendar of ${value.address} says ${known}.`);
  });
}

function privacy(address: string, options: PrivacyOptions): Promise<ExitCode> {
  const { default: otherwise, allow, block, clear } = options;
  const changes = [otherwise, allow, block, clear].some((each) => each !== undefined);
  const body = changes ? { default: otherwise, allow, block, clear } : undefined;
  const target = `/users/${encodeURIComponent(address)}/privacy`;
  return asked<PrivacyView>(options, changes ? "PATCH" : "GET", target, body, (value) => {
    say(`${value.address}: ${value.default} is what holds for everybody without an entry.`);
    if (value.entries.length === 0) return;
    const rows = value.entries.map((entry) => Object.values(entry).map(String));
    say(table(["WHO", "WHAT"], rows));
  });
}

function lines(options: CommonOptions): Promise<ExitCode> {
  return asked<{ lines: readonly LineView[] }>(options, "GET", "/phone/lines", undefined, (value) => {
    if (value.lines.length === 0) say("No call manager tells of any line.");
    else {
      const rows = value.lines.map((each) => [
        each.owner,
        each.trunk,
        each.line,
        each.state,
        new Date(each.since).toISOString(),
        new Date(each.toldAt).toISOString(),
      ]);
      say(table(["OWNER", "TRUNK", "LINE", "STATE", "SINCE", "TOLD AT"], rows));
    }
  });
}
