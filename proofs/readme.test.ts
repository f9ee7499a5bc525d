import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { comity } from "./comity-process.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const scripts = (JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { scripts: object })
  .scripts;

const blocks = [...readme.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, text = ""]) => text.trim().split("\n"));

test("README has the two commands and the first federation, in ten lines at most", () => {
  assert.deepEqual(blocks.slice(0, 2), ["npm start", "bin/comity user add alice@localhost"]);
  const federation = readme.slice(readme.indexOf("## A first federation"), readme.indexOf("## Where to read on"));
  const commands = [...federation.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, text = ""]) => text.trim().split("\n"));
  assert.ok(commands.length > 0 && commands.length <= 10);
});

for (const line of new Set(blocks)) {
  test(`README's command is one there is: ${line}`, async () => {
    const [program, ...words] = line.split(" ");
    if (program === "npm") {
      assert.ok("start" in scripts);
      assert.equal(words[0], "start");
    }
    const args = program === "npm" ? ["start", ...words.slice(2)] : words;
    // With --help nothing is done, but what stands before it is understood or refused.
    const ended = await comity([...args, "--help"]);
    assert.equal(ended.code, 0, ended.err);
    for (const option of args.filter((word) => word.startsWith("--")))
      assert.match(ended.out, new RegExp(`${option}\\b`));
  });
}
