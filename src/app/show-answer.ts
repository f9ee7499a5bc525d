import type { CommonOptions } from "./command.ts";
import { withCounter } from "./open-counter.ts";
import { type ExitCode, exitCodes, failWith, sayJson } from "./terminal.ts";

/** One request at the counter: `show` says the answer to a person, a program gets it as JSON. */
export function showAnswer<T>(
  options: CommonOptions,
  request: { readonly method?: string; readonly target: string; readonly body?: object | undefined },
  show: (value: T) => void,
): Promise<ExitCode> {
  return withCounter(options, async (counter) => {
    const answer = await counter.ask<T>(request.method ?? "GET", request.target, request.body);
    if (!answer.ok) return failWith(answer.fault, options);
    if (options.json === true) sayJson(answer.value);
    else show(answer.value);
    return exitCodes.ok;
  });
}
