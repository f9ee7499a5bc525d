import { styleText } from "node:util";
import { type FaultAnswer, faultAnswer } from "../admin/answers.ts";
import type { Fault } from "../base/fault.ts";

/** How a command ends. Documented in `comity --help`. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export type OutputOptions = { readonly json?: boolean | undefined };

/** A line for a person, on standard output. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Colours only where somebody looks and nobody has set NO_COLOR. */
export function styled(style: Parameters<typeof styleText>[0], text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** A value for a program, on standard output. */
export function sayJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Says what went wrong and what can be done about it; a program gets it as JSON. */
export function failWith(failure: Fault | FaultAnswer, options: OutputOptions = {}): ExitCode {
  const answer = "words" in failure ? failure : faultAnswer(failure);
  if (options.json === true) sayJson({ fault: answer });
  else process.stderr.write(`comity: ${answer.words}\n${answer.advice}\n`);
  return exitCodes.failed;
}

export function usage(words: string): ExitCode {
  process.stderr.write(`comity: ${words}\n`);
  return exitCodes.usage;
}

/** Rows under headings, as wide as they need; nothing is cut, so that it can be copied. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, at) => Math.max(heading.length, ...rows.map((row) => (row[at] ?? "").length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd();
  return [styled("bold", line(headings)), ...rows.map(line)].join("\n");
}

/** "3 d 4 h", "5 min 2 s": the two largest units. */
export function durationWords(ms: number): string {
  const units = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["min", 60_000],
    ["s", 1_000],
  ] as const;
  let rest = Math.max(0, ms);
  const parts: string[] = [];
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count} ${unit}`);
    rest -= count * size;
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? "0 s" : parts.join(" ");
}

/** "12.3 MiB" */
export function bytesWords(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  const step = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${step === 0 ? bytes : (bytes / 1024 ** step).toFixed(1)} ${units[step]}`;
}
