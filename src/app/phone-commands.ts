import type { Command } from "commander";
import type { LineView } from "../server/phone-desk.ts";
import type { Adder, CommonOptions } from "./command.ts";
import { showAnswer } from "./show-answer.ts";
import { durationWords, type ExitCode, say, table } from "./terminal.ts";

/** `comity phone …` */
export function addPhoneCommands(program: Command, add: Adder): void {
  const phone = program
    .command("phone")
    .summary("telephone lines of local people")
    .description("Telephone lines of local people, as call managers tell of them.");
  add(phone, "lines", "list the lines: owner, call manager, state, since when, how old the news is", lines).option(
    "--json",
    "answer in JSON, times as milliseconds since 1970",
  );
}

function lines(options: CommonOptions): Promise<ExitCode> {
  return showAnswer<{ lines: readonly LineView[] }>(options, { target: "/phone/lines" }, ({ lines: known }) => {
    const now = Date.now();
    const rows = known.map(({ owner, trunk, line, state, since, toldAt }) => [
      owner,
      line,
      trunk,
      state,
      durationWords(now - since),
      durationWords(now - toldAt),
    ]);
    const headings = ["OWNER", "LINE", "TRUNK", "STATE", "FOR", "LAST TOLD"];
    say(rows.length === 0 ? "No call manager tells of any line." : table(headings, rows));
  });
}
