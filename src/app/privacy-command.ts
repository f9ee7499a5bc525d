import type { Command } from "commander";
import type { PrivacyView } from "../admin/presence-admin.ts";
import type { Adder, CommonOptions } from "./command.ts";
import { showAnswer } from "./show-answer.ts";
import { type ExitCode, say, table } from "./terminal.ts";

type PrivacyOptions = CommonOptions & {
  readonly default?: string;
  readonly allow: readonly string[];
  readonly hide: readonly string[];
  readonly block: readonly string[];
  readonly clear: readonly string[];
};

/** `comity user privacy` */
export function addPrivacyCommand(user: Command, add: Adder): void {
  add(user, "privacy <address>", "show or change whom somebody lets see them", privacy)
    .option("--default <word>", "for everybody without an entry: ask, allow or block")
    .option("--allow <who>", "an address or a domain that may; may be repeated", more, [])
    .option("--hide <who>", "an address or a domain that sees them offline; may be repeated", more, [])
    .option("--block <who>", "the same, and nothing of theirs comes through; may be repeated", more, [])
    .option("--clear <who>", "an address or a domain whose entry goes; may be repeated", more, [])
    .option("--json", "answer in JSON")
    .addHelpText(
      "after",
      `
Who is hidden from sees the person offline and is not told why, and can still write; who is blocked cannot. Clients show and change
the same list: XMPP clients whom they block (XEP-0191), SIP clients whom they hide from (pres-rules).

Examples:
  comity user privacy alice@ours.example
  comity user privacy alice@ours.example --default ask --allow theirs.example --block mallory@theirs.example`,
    );
}

function more(who: string, before: readonly string[]): readonly string[] {
  return [...before, who];
}

const meanings: Readonly<Record<PrivacyView["default"], string>> = {
  ask: "is asked about",
  allow: "is allowed",
  block: "sees nothing",
};

function privacy(address: string, options: PrivacyOptions): Promise<ExitCode> {
  const { default: otherwise, allow, hide, block, clear } = options;
  const changes = otherwise !== undefined || allow.length + hide.length + block.length + clear.length > 0;
  const target = `/users/${encodeURIComponent(address)}/privacy`;
  const request = changes
    ? { method: "PATCH", target, body: { default: otherwise, allow, hide, block, clear } }
    : { method: "GET", target };
  return showAnswer<PrivacyView>(options, request, (value) => {
    if (value.entries.length > 0) {
      const rows = value.entries.map(({ who, rule }) => [who, rule]);
      say(`${table(["WHO", "RULE"], rows)}\n`);
    }
    say(`Who has no entry at ${value.address} ${meanings[value.default]}.`);
  });
}
