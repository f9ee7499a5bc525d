import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { comity, temporaryHome } from "./comity-process.ts";

const launcher = fileURLToPath(new URL("../bin/comity", import.meta.url));
const yaml = "domains: [ours.example, branch.example]\n";

test("users are made, listed and removed on the store of a stopped node", async (t) => {
  const home = temporaryHome(t, yaml);
  const user = (...args: string[]) => comity(["user", ...args, "--home", home]);
  assert.deepEqual(await user("add", "Alice@ours.example", "--password", "one"), {
    code: 0,
    out: "alice@ours.example is there.\n",
    err: "",
  });
  const again = await user("add", "alice@ours.example", "--password", "one");
  assert.equal(again.code, 1);
  assert.match(again.err, /in use already.*\n.*comity user passwd/);
  const fromInput = ["user", "add", "bob@branch.example", "--password-stdin", "--json", "--home", home];
  const bob = await comity(fromInput, { input: "two\n" });
  assert.deepEqual(JSON.parse(bob.out), { address: "bob@branch.example" });
  assert.equal((await user("list")).out, "alice@ours.example\nbob@branch.example\n");
  assert.equal((await user("list", "branch.example")).out, "bob@branch.example\n");
  const domains = await comity(["domain", "list", "--json"], { env: { COMITY_HOME: home } });
  const expected = ["ours.example", "branch.example"].map((domain) => ({ domain, users: 1 }));
  assert.deepEqual(JSON.parse(domains.out), { domains: expected, email: [] });
  assert.equal((await user("remove", "bob@branch.example")).code, 0);
  assert.equal((await user("list", "branch.example")).out, "");
});

const refusals: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  ["a command that is none", ["serv"], 2, /unknown command 'serv'\n\(Did you mean serve\?\)/],
  ["an option that is none", ["status", "--jsno"], 2, /Did you mean --json/],
  ["an argument left out", ["user", "add"], 2, /missing required argument 'address'/],
  ["no command", [], 2, /Usage: comity/],
  ["half a command", ["user"], 2, /Usage: comity user/],
  ["two passwords", ["user", "add", "a@ours.example", "--password", "x", "--password-stdin"], 2, /not both/],
  ["no password and no terminal", ["user", "add", "a@ours.example"], 2, /no password/],
  [
    "a foreign domain",
    ["user", "add", "a@theirs.example", "--password", "x"],
    1,
    /not served here\. \(theirs\.example\)/,
  ],
  ["no running node", ["status"], 1, /No node runs on this data folder/],
  ["sessions of no running node", ["sessions"], 1, /No node runs/],
  ["links of no running node", ["federation", "links"], 1, /No node runs/],
  ["a reload of no running node", ["reload"], 1, /No node runs/],
  [
    "certificates that are not there",
    ["cert", "show"],
    1,
    /ours\.example\.pem: there is no such file.*development: true/,
  ],
  ["a configuration that is not there", ["config", "check", "/nowhere/c.yaml"], 1, /there is no \/nowhere\/c\.yaml/],
];
for (const [what, args, code, words] of refusals) {
  test(`refuses ${what} with ${code}`, async (t) => {
    const ended = await comity(args, { env: { COMITY_HOME: temporaryHome(t, yaml) } });
    assert.equal(ended.code, code, ended.err);
    assert.match(ended.err, words);
    assert.equal(ended.out, "");
  });
}

test("a program gets faults as JSON on standard output", async (t) => {
  const ended = await comity(["status", "--json", "--home", temporaryHome(t, yaml)]);
  assert.equal(ended.code, 1);
  assert.equal((JSON.parse(ended.out) as { fault: { code: string } }).fault.code, "not-running");
  assert.equal(ended.err, "");
});

test("config check says all that is wrong, with file, line, column and what to write", async (t) => {
  const home = temporaryHome(t, "domains: [a.example]\nlisteners:\n  - { kind: htp }\nlimts: {}\n");
  const file = join(home, "comity.yaml");
  const checked = await comity(["config", "check", file]);
  assert.equal(checked.code, 1);
  assert.deepEqual(
    checked.err
      .trimEnd()
      .split("\n")
      .map((line) => line.replace(/: (?=\w+\b(?:\[| )).*?(?=Did)/, ": ")),
    [`${file}:3:13: Did you mean http?`, `${file}:4:1: Did you mean limits?`],
  );
  const forProgram = await comity(["config", "check", file, "--json"]);
  const { faults } = JSON.parse(forProgram.out) as { faults: { line: number; code: string }[] };
  assert.deepEqual(
    faults.map(({ line, code }) => [line, code]),
    [
      [3, "config-invalid"],
      [4, "config-unknown-key"],
    ],
  );
  const served = await comity(["serve", "--home", home]);
  assert.equal(served.code, 1);
  assert.match(served.err, /nothing was started\.\n.*:3:13: .*\n.*:4:1: /);
});

test("what config default prints passes config check, and show fills it in", async (t) => {
  const home = temporaryHome(t, (await comity(["config", "default", "--domain", "a.example", "b.example"])).out);
  assert.equal((await comity(["config", "check", "--home", home])).code, 0);
  const shown = JSON.parse((await comity(["config", "show", "--json", "--home", home])).out) as {
    domains: { name: string }[];
    limits: Record<string, number>;
  };
  assert.deepEqual(
    shown.domains.map(({ name }) => name),
    ["a.example", "b.example"],
  );
  assert.equal(shown.limits.closeMs, 5_000);
});

test("help says how, by example, and what the exit codes mean", async () => {
  const help = await comity(["--help"]);
  assert.equal(help.code, 0);
  assert.match(help.out, /Exit codes: 0 done, 1 failed .*, 2 not understood/);
  for (const command of ["serve", "start", "user add", "user passwd", "user remove", "user list", "config check"]) {
    const one = await comity([...command.split(" "), "--help"]);
    assert.equal(one.code, 0);
    assert.match(one.out, /Examples?:\n {2}(comity|npm)/, command);
  }
});

test("the launcher is found through links, with an older Node or none first in the path", async (t) => {
  const folder = temporaryHome(t);
  symlinkSync(launcher, join(folder, "one"));
  symlinkSync("one", join(folder, "two"));
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const ended = await comity(["--version"], { command: join(folder, "two"), env: { PATH: "/usr/bin:/bin" } });
  assert.deepEqual(ended, { code: 0, out: `${version}\n`, err: "" });
});

test("without its dependencies the launcher says what to do", async (t) => {
  const folder = temporaryHome(t);
  mkdirSync(join(folder, "bin"));
  copyFileSync(launcher, join(folder, "bin", "comity"));
  const ended = await comity(["--version"], { command: join(folder, "bin", "comity"), env: { PATH: "/usr/bin:/bin" } });
  assert.equal(ended.code, 1);
  assert.match(ended.err, /Run `npm ci` in /);
});
