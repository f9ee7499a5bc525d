import assert from "node:assert/strict";
import { test } from "node:test";
import { SimLog } from "../src/sim/log.ts";
import { processLog } from "../src/world/log.ts";
import { logContract, type SeenLine } from "./log-contract.ts";

logContract("json log", (floor) => {
  const lines: string[] = [];
  const log = processLog({ levels: { default: floor }, form: "json", out: (line) => void lines.push(line) });
  return { log, lines: () => lines.join("").split("\n").slice(0, -1).map(seen) };
});

logContract("simulated log", (floor) => {
  const log = new SimLog({ now: () => 0 }, floor);
  return { log, lines: () => log.lines.map((line) => seen(JSON.stringify({ ...line, ...line.fields }))) };
});

function seen(line: string): SeenLine {
  const { level, room, what, time: _time, at: _at, fields: _fields, ...fields } = JSON.parse(line);
  return { level, room, what, fields };
}

test("each room has its own level, which may change while it runs", () => {
  const lines: string[] = [];
  const out = (line: string) => void lines.push(line);
  const log = processLog({ levels: { default: "info", federation: "debug", admin: "off" }, form: "json", out });
  const asked = () => [
    log.enabled("debug", "federation"),
    log.enabled("debug", "server"),
    log.enabled("error", "admin"),
  ];
  assert.deepEqual(asked(), [true, false, false]);
  log.write("debug", "federation", "one");
  log.setLevels({ default: "debug", federation: "error" });
  assert.deepEqual(asked(), [false, true, true]);
  log.write("debug", "federation", "two");
  log.write("debug", "server", "three");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).what),
    ["one", "three"],
  );
});

test("the human form is one plain line, and nothing in it moves the terminal", () => {
  const lines: string[] = [];
  const log = processLog({ levels: { default: "info" }, form: "human", out: (line) => void lines.push(line) });
  log.write("warn", "federation", "link lost", { domain: "theirs.example", why: "two words", absent: undefined });
  log.write("info", "server", "from\n12:00:00 error server fake \u001b[2J\u202e", { value: '"\u0007' });
  const [first, second] = lines;
  assert.match(
    first ?? "",
    /^\d\d:\d\d:\d\d\.\d{3} warn {2}federation link lost domain=theirs\.example why="two words"\n$/,
  );
  assert.match(second ?? "", /from\\u\{a\}12:00:00 error server fake \\u\{1b\}\[2J\\u\{202e\} value="\\"\\u\{7\}"\n$/);
});

test("colours are there when asked for, and only then", () => {
  for (const colours of [true, false]) {
    const lines: string[] = [];
    const log = processLog({
      levels: { default: "info" },
      form: "human",
      colours,
      out: (line) => void lines.push(line),
    });
    log.write("error", "server", "words");
    assert.equal(lines[0]?.includes("\u001b["), colours);
  }
});
