import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fields, Level, Log } from "../src/base/log.ts";

export type SeenLine = {
  readonly level: string;
  readonly room: string;
  readonly what: string;
  readonly fields: Fields;
};

/** What every log must do; `make` gives one that takes lines from `floor` up. */
export function logContract(
  kind: string,
  make: (floor: Level) => { log: Log; lines: () => readonly SeenLine[] },
): void {
  test(`${kind}: a line carries level, room, words and fields`, () => {
    const { log, lines } = make("debug");
    log.write("warn", "federation", "link lost", { domain: "theirs.example", tries: 3, ours: false });
    log.write("debug", "server", "nothing more");
    assert.deepEqual(lines(), [
      {
        level: "warn",
        room: "federation",
        what: "link lost",
        fields: { domain: "theirs.example", tries: 3, ours: false },
      },
      { level: "debug", room: "server", what: "nothing more", fields: {} },
    ]);
  });

  test(`${kind}: below the floor nothing is written, and it says so before`, () => {
    const { log, lines } = make("warn");
    const levels = ["debug", "info", "warn", "error"] as const;
    for (const level of levels) log.write(level, "server", level);
    assert.deepEqual(
      lines().map((line) => line.what),
      ["warn", "error"],
    );
    assert.deepEqual(
      levels.map((level) => log.enabled(level, "server")),
      [false, false, true, true],
    );
  });

  test(`${kind}: a line stays one line whatever a peer put into it`, () => {
    const { log, lines } = make("debug");
    const nasty = 'a"b\\c\nd\r\u2028e\u001b[31m{}';
    log.write("info", "server", nasty, { value: nasty, absent: undefined });
    assert.equal(lines().length, 1);
    assert.equal(lines()[0]?.what, nasty);
    assert.equal(lines()[0]?.fields.value, nasty);
  });
}
