import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { faults } from "../src/base/fault.ts";
import { limitTable } from "../src/base/limits.ts";
import { sipPartnerTypes } from "../src/federation/sip-partner.ts";
import { comity } from "./comity-process.ts";

const folder = new URL("../docs/partners/", import.meta.url);
const names = readdirSync(folder).sort();
const pages = new Map(names.map((name) => [name, readFileSync(new URL(name, folder), "utf8")]));
const sections = [
  "What works",
  "What we set",
  "What their administrator sets",
  "Ports",
  "Limits",
  "How the connections run",
  "Troubleshooting",
];
/** How faults that partners cause are called; a word in code with such a beginning has to be one. */
const faultLike = /^(?:answered|cert|dns|msrp|partner|remote|sip)-[a-z-]+$/;
/** Kinds of listener and other words that only begin like faults. */
const others = new Set(["sip-tls", "sip-tcp", "sip-udp", "msrp-tls", "msrp-tcp"]);

test("there is a page for each kind of partner, and the index names them all", () => {
  assert.deepEqual(names, ["README.md", ...sipPartnerTypes.map((type) => `${type}.md`)].sort());
  const index = pages.get("README.md") ?? "";
  for (const type of sipPartnerTypes) assert.ok(index.includes(`[${type}.md](${type}.md) | \`${type}\``), type);
  for (const from of ["../README.md", "../docs/OPERATE.md"]) {
    assert.match(readFileSync(new URL(from, import.meta.url), "utf8"), /\]\((?:docs\/)?partners\/README\.md\)/, from);
  }
});

for (const [name, page] of pages) {
  test(`docs/partners/${name}: what it names is there`, () => {
    const words = [...page.matchAll(/`([^`\n]+)`/g)].map(([, word = ""]) => word);
    const codes = words.filter((word) => faultLike.test(word) && !others.has(word));
    assert.deepEqual(
      codes.filter((code) => !Object.hasOwn(faults, code)),
      [],
    );
    const limits = words.flatMap((word) => /^limits\.(\w+)$/.exec(word)?.[1] ?? []);
    assert.deepEqual(
      limits.filter((limit) => !Object.hasOwn(limitTable, limit)),
      [],
    );
    for (const [, target = ""] of page.matchAll(/\]\(([^)#]+)\)/g)) {
      assert.ok(pages.has(target), `${name} leads to ${target}`);
    }
    if (name === "README.md") return;
    assert.deepEqual(
      [...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading),
      sections,
    );
    assert.match(page, /```mermaid\n/);
    if (name !== "simple.md") assert.match(page, /\bPAR-\d\d\b/);
  });
}

/** The words of a line as a shell takes them. */
const wordsOf = (line: string) =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");

const commands = new Set(
  [...pages.values()].flatMap((page) =>
    [...page.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, text = ""]) => text.trim().split("\n")),
  ),
);

test("every command of the partners' pages is one there is", async () => {
  assert.ok(commands.size >= 20);
  // One for each shape is enough to run: a verb and its options.
  const shapes = new Map<string, readonly string[]>();
  for (const line of commands) {
    const [program, ...words] = wordsOf(line);
    assert.equal(program, "comity", line);
    shapes.set(words.map((word, at) => (at < 2 || word.startsWith("--") ? word : "…")).join(" "), words);
  }
  for (const words of shapes.values()) {
    // With --help nothing is done, but what stands before it is understood or refused.
    const ended = await comity([...words, "--help"]);
    assert.equal(ended.code, 0, `${words.join(" ")}: ${ended.err}`);
    for (const option of words.filter((word) => word.startsWith("--"))) {
      assert.match(ended.out, new RegExp(`${option}\\b`), words.join(" "));
    }
    const type = words[words.indexOf("--type") + 1];
    if (words.includes("--type")) assert.ok((sipPartnerTypes as readonly (string | undefined)[]).includes(type));
  }
});
