import type { Command } from "commander";
import type { AuditEntry } from "../base/store.ts";
import type { Adder, CommonOptions } from "./command.ts";
import { showAnswer } from "./show-answer.ts";
import { type ExitCode, say, table, usage } from "./terminal.ts";

/** `comity audit` */
export function addAuditCommand(program: Command, add: Adder): void {
  add(program, "audit", "list what administrators have changed, newest first", audit)
    .option("--limit <n>", "how many entries at most", "100")
    .option("--json", "answer in JSON, times as milliseconds since 1970");
}

function audit(options: CommonOptions & { readonly limit: string }): Promise<ExitCode> | ExitCode {
  if (!/^[1-9]\d{0,4}$/.test(options.limit)) return usage("--limit is a number from 1 to 10000");
  const request = { target: `/audit?limit=${options.limit}` };
  return showAnswer<{ audit: readonly AuditEntry[] }>(options, request, ({ audit: entries }) => {
    const rows = entries.map(({ at, actor, action, subject, detail }) => {
      return [new Date(at).toISOString(), actor, action, subject, detail];
    });
    say(rows.length === 0 ? "Nothing was changed." : table(["TIME", "WHO", "WHAT", "WHOM", "HOW"], rows));
  });
}
