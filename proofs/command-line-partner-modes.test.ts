import assert from "node:assert/strict";
import { test } from "node:test";
import { comity, temporaryHome } from "./comity-process.ts";
import { PartnerProcess } from "./partner-process.ts";
import { person, until } from "./partner-stage.ts";

const [m1Address, alice] = ["m1@contoso.example", "alice@ours.example"];

/** How an administrator chooses it, what `partner show` says, and how a text of ours then comes there. */
const modes = [
  { args: [], mode: undefined, words: "each by itself (MESSAGE)", comes: "by itself" },
  { args: ["--mode", "session"], mode: "session", words: "in sessions (INVITE)", comes: "in a dialog" },
  { args: ["--mode", "msrp"], mode: "msrp", words: "in sessions over MSRP (INVITE)", comes: "over MSRP" },
  { args: ["--mode", "page"], mode: "page", words: "each by itself (MESSAGE)", comes: "by itself" },
] as const;

test("partner add --mode of a running node: shown, and the very next text goes that way, as does its answer", async (t) => {
  const place = await PartnerProcess.begin(t, "simple");
  const { twin } = place;
  const m1 = person(twin, "m1");
  const local = await place.signIn();
  /** How the newest text came; each mode opens at most one conversation of its own. */
  const came = (before: number): string => {
    const [session, ...more] = twin.sessions.list.slice(before);
    assert.deepEqual(more, []);
    return session === undefined ? "by itself" : session.msrp === undefined ? "in a dialog" : "over MSRP";
  };
  for (const [at, { args, mode, words, comes }] of modes.entries()) {
    assert.equal(await place.adds("--type", "simple", ...args), "contoso.example is a partner of type simple.\n");
    const shown = (await place.does("partner", "show", "contoso.example")).split("\n");
    assert.ok(shown.includes(`messages     ${words}`), shown.join("\n"));
    assert.ok(shown.some((row) => /^now +(no connection|\d connections, \d of them opened here)$/.test(row)));
    assert.equal(JSON.parse(await place.does("partner", "show", "contoso.example", "--json")).mode, mode);
    const before = twin.sessions.list.length;
    await local.says(m1Address, `text ${at}`);
    await until(
      `M1 reads what goes ${comes}`,
      () => twin.sessions.heard.some(({ text }) => text === `text ${at}`),
      twin,
    );
    assert.equal(came(before), comes);
    // They answer: inside the conversation there is; where there is none, as they please.
    twin.quirks["page-mode"] = comes === "by itself" ? 1 : 0;
    const answer = twin.say(m1, alice, `answer ${at}`);
    await until("Alice reads", () => local.reads.flat().some(({ text }) => text === `answer ${at}`), twin);
    await until("M1 is told", () => answer.status === 200, twin);
    assert.equal(came(before), comes);
    if (comes === "by itself") continue;
    // What is open is used to its end, whatever is chosen for the next one.
    twin.bye(m1, alice);
    await until("it is over", () => twin.sessions.list.every(({ state }) => state === "over"), twin);
  }
  assert.deepEqual(twin.violations, []);
});

for (const [what, args, words] of [
  ["one there is not", ["--mode", "pager"], /mode: one of page, session, msrp/],
  ["one for a partner that has its own", ["--type", "lync2010", "--mode", "page"], /mode: lync2010 has its own/],
] as const) {
  test(`partner add refuses a mode: ${what}`, async (t) => {
    const home = temporaryHome(t, "domains: [ours.example]\n");
    const ended = await comity(["partner", "add", "contoso.example", ...args, "--home", home]);
    assert.equal(ended.code, 1, ended.out + ended.err);
    assert.match(ended.err, words);
  });
}
