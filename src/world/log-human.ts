import { styleText } from "node:util";
import type { Fields, Level } from "../base/log.ts";

const colourOf = { debug: "gray", info: "green", warn: "yellow", error: "red" } as const;

/**
 * One log line for people: time of day, level, room, words, then the fields as name=value. What peers sent may stand in
 * words and values, so control characters (line feeds, terminal escapes) are written as escapes.
 */
export function humanLine(
  at: Date,
  level: Level,
  room: string,
  what: string,
  fields: Fields | undefined,
  colours: boolean,
): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`;
  let line = `${paint("gray", time)} ${paint(colourOf[level], level.padEnd(5))} ${room.padEnd(10)} ${visible(what)}`;
  for (const [name, value] of Object.entries(fields ?? {})) {
    if (value !== undefined) line += ` ${paint("gray", `${name}=`)}${quoted(String(value))}`;
  }
  return `${line}\n`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

function quoted(text: string): string {
  const shown = visible(text);
  return shown === text && /^[^\s"=]+$/.test(text) ? text : `"${shown.replaceAll('"', '\\"')}"`;
}

// C0 and C1 controls, DEL, and the marks that reorder text (Unicode bidirectional controls) could all fake a line.
const hidden = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function visible(text: string): string {
  return text.replace(hidden, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}
