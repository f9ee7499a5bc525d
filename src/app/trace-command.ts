import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import type { TraceLine, TraceNews } from "../server/tracer.ts";
import type { Adder, CommonOptions } from "./command.ts";
import type { Counter } from "./counter.ts";
import { withCounter } from "./open-counter.ts";
import { type ExitCode, exitCodes, failWith, say, usage } from "./terminal.ts";

type TraceOptions = CommonOptions & { readonly for: string; readonly full?: boolean };

/** How often the node is asked for what is new. */
const pollMs = 250;

/** `comity trace` */
export function addTraceCommand(program: Command, add: Adder): void {
  add(program, "trace <about>", "show what passes for a person or a domain, as it passes, by SIP and XMPP", trace)
    .option("--for <seconds>", "how long", "60")
    .option("--full", "all header lines of SIP messages")
    .option("--json", "a line of JSON each, times as milliseconds since 1970")
    .addHelpText("after", "\nWhat people write is never shown, nor what proves them. Ctrl-C ends it.");
}

function trace(about: string, options: TraceOptions): Promise<ExitCode> | ExitCode {
  const seconds = Number(options.for);
  if (!Number.isInteger(seconds) || seconds < 1) return usage("--for is a number of seconds");
  return withCounter(options, async (counter) => {
    const begun = await counter.ask<{ trace: string; about: string }>("POST", "/traces", { about, seconds });
    if (!begun.ok) return failWith(begun.fault, options);
    const stopped = new AbortController();
    const stop = (): void => stopped.abort();
    process.once("SIGINT", stop);
    try {
      if (options.json !== true) say(`Tracing ${begun.value.about} for ${seconds} seconds.`);
      return await follow(counter, begun.value.trace, options, stopped.signal);
    } finally {
      process.removeListener("SIGINT", stop);
      await counter.ask("DELETE", `/traces/${begun.value.trace}`);
    }
  });
}

async function follow(counter: Counter, name: string, options: TraceOptions, stopped: AbortSignal): Promise<ExitCode> {
  for (let after = 0; ; ) {
    const news = await counter.ask<TraceNews>("GET", `/traces/${name}?after=${after}`);
    if (!news.ok) return failWith(news.fault, options);
    const { lines, missed, over } = news.value;
    if (missed > 0 && options.json !== true) say(`(${missed} lines were too many, and are not shown)`);
    for (const line of lines) say(options.json === true ? JSON.stringify(line) : words(line, options.full === true));
    after += missed + lines.length;
    if (over || stopped.aborted) return exitCodes.ok;
    await sleep(pollMs, undefined, { signal: stopped }).catch(() => {});
  }
}

/** "12:00:01.123 received sip from tls 192.0.2.7:5061  MESSAGE sip:bob@ours.example SIP/2.0" */
function words({ at, stage, protocol, with: by, head }: TraceLine, full: boolean): string {
  const time = new Date(at).toISOString().slice(11, 23);
  const [first = "", ...rest] = head.split("\n");
  const shown = full ? rest : rest.filter((line) => /^(call-id|i|cseq)\s*:/i.test(line));
  const more = full ? shown.map((line) => `\n    ${line}`).join("") : shown.map((line) => ` | ${line}`).join("");
  return `${time} ${stage} ${protocol} ${by}  ${first}${more}`;
}
