import assert from "node:assert/strict";
import { test } from "node:test";
import { dependenciesThatDisagree, disagreement, filesNamedIn, firstNamesIn, specsThatDisagree } from "./doc-laws.ts";
import { generatedPages, renewed } from "./doc-pages.ts";
import { purposeOf, withSection } from "./doc-sections.ts";
import {
  filesThatAreTooLong,
  filesThatExplainNothing,
  filesThatReachThemselves,
  filesThatSeeBothProtocols,
  filesThatTouchTheWorld,
  filesWhoseNameSaysNothing,
  importsThatDoNotGoDown,
  roomsThatReachUp,
  type SourceFile,
} from "./laws.ts";

// Each law, broken on purpose in a tree of a few files: it must complain of that, and of nothing else.

/** A small project that keeps every law. */
const sound: Readonly<Record<string, string>> = {
  "src/base/step.ts": '/** A step. */\nexport type Step = "from" | "import";\n',
  "src/base/step.test.ts": 'import "node:fs";\nimport "../world/clock.ts";\n',
  "src/xmpp/jid.ts":
    '/** RFC 7622. */\nimport type { Step } from "../base/step.ts"; // not Date.now()\nexport const at = "import ";\n',
  "src/sip/uri.ts": '/** A URI. */\nimport { type Step } from "../base/step.ts";\n',
  "src/translate/address.ts": '/** Both. */\nimport "../xmpp/jid.ts";\nimport "../sip/uri.ts";\n',
  "src/server/switchboard.ts": '/** Both. */\nimport "../xmpp/jid.ts";\nimport "../sip/uri.ts";\n',
  "src/world/clock.ts": '/** Time. */\nimport { connect } from "node:net";\nexport const now = () => Date.now();\n',
  "src/sim/clock.ts": "/** Time. */\nprocess.nextTick(() => {});\n",
  "proofs/all.ts": 'import "../src/world/clock.ts";\n',
};

function tree(changes: Readonly<Record<string, string>> = {}): readonly SourceFile[] {
  return Object.entries({ ...sound, ...changes }).map(([path, text]) => ({ path, text }));
}

type Law = (files: readonly SourceFile[]) => readonly string[];

/** law, what is wrong with the tree, the change that makes it so, what is said. */
const broken: readonly (readonly [Law, string, Record<string, string>, readonly string[]])[] = [
  [
    importsThatDoNotGoDown,
    "an import upwards",
    { "src/base/up.ts": 'import "../xmpp/jid.ts";' },
    ["src/base/up.ts imports src/xmpp/jid.ts"],
  ],
  [
    importsThatDoNotGoDown,
    "an import sideways",
    { "src/xmpp/side.ts": 'import { a } from "../sip/uri.ts";' },
    ["src/xmpp/side.ts imports src/sip/uri.ts"],
  ],
  [
    importsThatDoNotGoDown,
    "a type from above",
    { "src/xmpp/t.ts": 'import type { A } from "../server/a.ts";' },
    ["src/xmpp/t.ts imports src/server/a.ts"],
  ],
  [
    importsThatDoNotGoDown,
    "a re-exported type",
    { "src/base/t.ts": 'export type { A } from "../sip/uri.ts";' },
    ["src/base/t.ts imports src/sip/uri.ts"],
  ],
  [
    importsThatDoNotGoDown,
    "a dynamic import",
    { "src/base/d.ts": 'await import("../world/clock.ts");' },
    ["src/base/d.ts imports src/world/clock.ts"],
  ],
  [
    importsThatDoNotGoDown,
    "an import out of src",
    { "src/base/o.ts": 'import "../../proofs/all.ts";' },
    ["src/base/o.ts imports proofs/all.ts"],
  ],
  [
    importsThatDoNotGoDown,
    "an import over several lines",
    { "src/sip/m.ts": 'import {\n  a,\n} from\n  "../xmpp/jid.ts";' },
    ["src/sip/m.ts imports src/xmpp/jid.ts"],
  ],
  [
    importsThatDoNotGoDown,
    "a room nobody knows",
    { "src/attic/box.ts": "" },
    ["src/attic/box.ts stands in no room of the table"],
  ],
  [
    importsThatDoNotGoDown,
    "a file without a room",
    { "src/loose.ts": "" },
    ["src/loose.ts stands in no room of the table"],
  ],
  [
    filesThatReachThemselves,
    "a cycle of types",
    {
      "src/base/a.ts": 'import type { B } from "./b.ts";',
      "src/base/b.ts": 'export type { C } from "./c.ts";',
      "src/base/c.ts": 'import { type A } from "./a.ts";',
      "src/base/d.ts": 'import "./a.ts";',
    },
    ["src/base/a.ts", "src/base/b.ts", "src/base/c.ts"],
  ],
  [
    filesThatReachThemselves,
    "a file that imports itself",
    { "src/base/me.ts": 'import "./me.ts";' },
    ["src/base/me.ts"],
  ],
  [
    filesThatSeeBothProtocols,
    "a second file with both",
    { "src/server/desk.ts": 'import "../xmpp/jid.ts";\nimport "../sip/uri.ts";' },
    ["src/server/desk.ts"],
  ],
  [
    filesThatSeeBothProtocols,
    "one protocol that sees the other",
    { "src/sip/x.ts": 'import type { J } from "../xmpp/jid.ts";' },
    ["src/sip/x.ts"],
  ],
  [
    filesThatTouchTheWorld,
    "a socket outside world",
    { "src/xmpp/s.ts": 'import { connect } from "node:net";' },
    ["src/xmpp/s.ts uses node:net"],
  ],
  [
    filesThatTouchTheWorld,
    "a file system outside world",
    { "src/pki/s.ts": 'import { readFile } from "node:fs/promises";' },
    ["src/pki/s.ts uses node:fs/promises"],
  ],
  [
    filesThatTouchTheWorld,
    "a logger outside world",
    { "src/server/s.ts": 'import { pino } from "pino";' },
    ["src/server/s.ts uses pino"],
  ],
  [
    filesThatTouchTheWorld,
    "a clock outside world",
    { "src/xmpp/c.ts": "const at = Date.now();" },
    ["src/xmpp/c.ts uses Date.now"],
  ],
  [
    filesThatTouchTheWorld,
    "today's date outside world",
    { "src/xmpp/c.ts": "const at = new Date();" },
    ["src/xmpp/c.ts uses new Date()"],
  ],
  [
    filesThatTouchTheWorld,
    "a timer outside world",
    { "src/xmpp/c.ts": "setTimeout(f, 1);" },
    ["src/xmpp/c.ts uses setTimeout"],
  ],
  [
    filesThatTouchTheWorld,
    "chance outside world",
    { "src/sip/c.ts": 'import { randomBytes } from "node:crypto";' },
    ["src/sip/c.ts uses randomBytes"],
  ],
  [
    filesThatTouchTheWorld,
    "the environment outside world",
    { "src/config/c.ts": "process.env.HOME" },
    ["src/config/c.ts uses process."],
  ],
  [
    filesThatTouchTheWorld,
    "nextTick outside sim",
    { "src/server/c.ts": "process.nextTick(f)" },
    ["src/server/c.ts uses process."],
  ],
  [filesThatAreTooLong, "401 lines", { "proofs/long.ts": "//\n".repeat(401) }, ["proofs/long.ts has 401 lines"]],
  [
    filesWhoseNameSaysNothing,
    "names that say nothing",
    {
      "src/xmpp/utils.ts": "",
      "src/sip/session-manager.ts": "",
      "proofs/helpers.ts": "",
      "src/base/types.ts": "",
      "src/base/index.ts": "",
    },
    ["src/xmpp/utils.ts", "src/sip/session-manager.ts", "proofs/helpers.ts", "src/base/types.ts", "src/base/index.ts"],
  ],
  [
    filesThatExplainNothing,
    "a file without a docstring",
    { "src/base/mute.ts": "// RFC 6120\nexport const a = 1;" },
    ["src/base/mute.ts"],
  ],
];

test("a sound tree gives no law a reason to complain", () => {
  for (const [law] of broken) assert.deepEqual(law(tree()), [], law.name);
  assert.deepEqual(filesThatAreTooLong(tree({ "src/base/just.ts": "//\n".repeat(400) })), []);
});

for (const [law, what, change, said] of broken) {
  test(`${law.name} sees ${what}`, () => assert.deepEqual(law(tree(change)), said));
}

test("a table of rooms that reaches up is seen", () => {
  const low = { floor: 0, imports: ["high", "gone"] };
  assert.deepEqual(roomsThatReachUp({ low, high: { floor: 1, imports: ["low"] } }), [
    "low may import high",
    "low may import gone",
  ]);
});

test("a page that names too little or too much is seen", () => {
  const text = "| fault | words |\n| --- | --- |\n| `one` | a \\| b |\n| `stale` | c |\n\nand `three` in passing";
  assert.deepEqual(disagreement("FAULTS.md", firstNamesIn(text), ["one", "two"]), [
    "FAULTS.md does not name two",
    "FAULTS.md names stale, which is not there",
  ]);
  assert.deepEqual(filesNamedIn("see `src/base/step.ts`, `src/base/faults/row.ts` and src/not/quoted.ts"), [
    "src/base/step.ts",
    "src/base/faults/row.ts",
  ]);
});

test("specifications that disagree with the citations are seen", () => {
  const head = "| specification | title | how far | cited in |\n| --- | --- | --- | --- |\n";
  const files = tree({ "src/sip/uri.ts": "// RFC 3261 §19 and XEP-0106", "src/sip/uri.test.ts": "// RFC 9999" });
  const text = `${head}| RFC 7622 | JIDs | yes | |\n| RFC 3261 |  | partial | |\n| RFC 1 | Hosts | yes | |\n| RFC 2 | X | perhaps | |\n`;
  assert.deepEqual(specsThatDisagree(text, files), [
    "SPECS.md does not list XEP-0106, cited in src/sip/uri.ts",
    "SPECS.md gives RFC 3261 no title",
    "SPECS.md says yes to RFC 1, which nothing cites",
    "SPECS.md says neither yes, partial nor no to RFC 2",
  ]);
  assert.deepEqual(specsThatDisagree(`${head}| RFC 7622 | JIDs | yes | |\n| RFC 1 | Hosts | no | |\n`, tree()), []);
});

test("a dependency without a reason, unnamed, or gone is seen", () => {
  const text = "| dependency | why |\n| --- | --- |\n| `pino` | logs |\n| `left-pad` |  |\n";
  assert.deepEqual(dependenciesThatDisagree(text, ["pino", "yaml"]), [
    "DEPENDENCIES.md does not name yaml",
    "DEPENDENCIES.md names left-pad, which is not there",
    "DEPENDENCIES.md gives no reason for `left-pad`",
  ]);
});

test("a generated part that is not current is seen, and people's words around it stay", () => {
  const before = "# Page\n\nWords.\n";
  const once = withSection(before, "x", "old");
  const twice = `${withSection(once, "x", "new")}\nMore words.\n`;
  assert.notEqual(once, withSection(once, "x", "new"));
  assert.match(twice, /^# Page\n\nWords\.\n\n<!-- generated: x -->\n\nnew\n\n<!-- end: x -->\n\nMore words\.\n$/);
  assert.equal(withSection(twice, "x", "new"), twice);
  for (const page of generatedPages) {
    const written = renewed(page, "", tree());
    assert.equal(renewed(page, written, tree()), written, `${page.name} settles at once`);
  }
  const [architecture] = generatedPages;
  assert.ok(architecture);
  const written = renewed(architecture, "", tree());
  assert.notEqual(renewed(architecture, written, tree({ "src/base/new.ts": "/** New. */" })), written);
});

test("a file is described by what it is named after, else by its first export", () => {
  const text =
    "/** A helper. */\nconst low = 1;\n/** Bytes of a thing, e.g. of RFC 1. More. */\nexport function first() {}\n";
  const named = `${text}/**\n * The wheel: it\n * turns. And more.\n */\nexport class TimerWheel {}\n`;
  assert.equal(purposeOf({ path: "src/base/x.ts", text }), "Bytes of a thing, e.g. of RFC 1.");
  const whole = `/** Everything at once. Yes. */\n\n${named}`;
  assert.equal(purposeOf({ path: "src/base/timer-wheel.ts", text: whole }), "Everything at once.");
  assert.equal(purposeOf({ path: "src/base/wheel.ts", text: named }), "The wheel: it turns.");
  assert.equal(purposeOf({ path: "src/base/timer-wheel.ts", text: named }), "The wheel: it turns.");
});
