import assert from "node:assert/strict";
import { test } from "node:test";
import { anyPorts, comity, startComity, temporaryHome } from "./comity-process.ts";

const yaml = `domains: [ours.example]\n${anyPorts}`;
const alice = "alice@ours.example";

test("presence, privacy and calendars of a running node, looked at and changed by commands", async (t) => {
  const home = temporaryHome(t, yaml);
  await startComity(t, home);
  const run = async (...args: string[]) => {
    const ended = await comity([...args, "--home", home]);
    assert.equal(ended.code, 0, ended.err);
    return ended.out;
  };
  await run("user", "add", alice, "--password", "x");
  assert.match(await run("presence", "explain", alice), /^alice@ours\.example: Offline\nby the rule nobody/);

  const until = new Date(Date.now() + 3_600_000).toISOString();
  const told = await run("presence", "calendar", alice, "out-of-office", "--until", until, "--note", "Back on Monday");
  assert.equal(told, `The calendar of ${alice} says out-of-office until ${until}.\n`);
  const explained = await run("presence", "explain", alice);
  assert.match(
    explained,
    /^alice@ours\.example: Offline: Back on Monday, for .*\nby the rule signed-off-with-calendar/,
  );
  assert.match(explained, /^SOURCE .*\ncalendar +calendar +out-of-office +0 .* Back on Monday$/m);
  assert.match(explained, /^- +available +a device is available$/m);
  await run("presence", "calendar", alice, "free");
  assert.match(await run("presence", "explain", alice), /Nothing says anything of them\./);

  assert.equal(await run("user", "privacy", alice), `Who has no entry at ${alice} is asked about.\n`);
  const changed = await run(
    ...["user", "privacy", "Alice@Ours.example", "--default", "allow"],
    ...["--block", "Mallory@Theirs.example", "--block", "bad.example", "--allow", "bob@ours.example"],
  );
  assert.equal(
    changed,
    `WHO                     RULE\nbob@ours.example        allow\nmallory@theirs.example  block\nbad.example             block\n\nWho has no entry at ${alice} is allowed.\n`,
  );
  const shown = JSON.parse(await run("user", "privacy", alice, "--clear", "bob@ours.example", "--json")) as unknown;
  const entries = ["mallory@theirs.example", "bad.example"].map((who) => ({ who, rule: "block" }));
  assert.deepEqual(shown, { address: alice, default: "allow", entries });

  const blocked = await run("presence", "explain", alice, "--as", "mallory@theirs.example");
  assert.match(
    blocked,
    /\nmallory@theirs\.example sees: Offline\npolite-block, SUB-07: blocked\nXMPP {2}unavailable\n$/,
  );
  const local = await run("presence", "explain", alice, "--as", "bob@ours.example");
  assert.match(local, /allow, SUB-23: .*\nThey do not watch yet: .*\nXMPP {2}unavailable\nSIP {3}closed\n$/);

  assert.match(await run("presence", "watchers", alice), /^Nobody watches/);
  assert.match(await run("presence", "rules"), /^bare-registration .*\ndo-not-disturb .*\n(.*\n)*nobody .*\n/m);
  assert.match(await run("phone", "lines"), /^No call manager tells of any line\.$/m);
  const status = await run("status");
  assert.match(status, /^devices +0 by XMPP, 0 registered by SIP$/m);
  assert.match(status, /^SIP +0 connections, /m);

  for (const [args, words] of refusals) {
    const ended = await comity([...args, "--home", home]);
    assert.equal(ended.code, 1);
    assert.match(ended.err, words);
  }
});

const refusals: readonly (readonly [readonly string[], RegExp])[] = [
  [["presence", "explain", "nobody@ours.example"], /There is no such account/],
  [["presence", "explain", "alice"], /not a valid address/],
  [["presence", "explain", alice, "--as", "bob"], /not a valid address/],
  [["presence", "calendar", alice, "free", "--until", "2020-01-01T00:00Z"], /`until` is over already/],
  [["user", "privacy", alice, "--block", "a b@c.example"], /not a valid address\. \(a b@c\.example\)/],
  [["user", "privacy", alice, "--default", "maybe"], /default is ask, allow or block/],
];

const withoutNode: readonly (readonly [args: readonly string[], code: number, words: RegExp])[] = [
  [["presence", "explain", alice], 1, /No node runs/],
  [["presence", "watchers", alice], 1, /No node runs/],
  [["presence", "calendar", alice, "free"], 1, /No node runs/],
  [["user", "privacy", alice], 1, /No node runs/],
  [["phone", "lines"], 1, /No node runs/],
  [["presence", "calendar", alice, "asleep"], 2, /asleep is none of free, tentative, in-a-meeting, out-of-office/],
  [["presence", "calendar", alice, "free", "--until", "soon"], 2, /--until is a time as/],
];
for (const [args, code, words] of withoutNode) {
  test(`refused with ${code} where no node runs: ${args.join(" ")}`, async (t) => {
    const ended = await comity(args, { env: { COMITY_HOME: temporaryHome(t, yaml) } });
    assert.equal(ended.code, code, ended.err);
    assert.match(ended.err, words);
  });
}

test("the rules need no running node, and follow the configuration", async (t) => {
  const home = temporaryHome(t, `${yaml}presence: { outOfOffice: out-of-office }\n`);
  const rules = await comity(["presence", "rules", "--home", home]);
  assert.match(rules.out, /^out-of-office .* out-of-office +MAP-11$/m);
  for (const command of ["presence explain", "presence calendar", "user privacy"]) {
    const help = await comity([...command.split(" "), "--help"]);
    assert.match(help.out, /Examples?:\n {2}comity/, command);
  }
});

test("what a calendar says holds over kill -9, and since the same time", async (t) => {
  const home = temporaryHome(t, yaml);
  const first = await startComity(t, home);
  const run = async (...args: string[]) => {
    const ended = await comity([...args, "--home", home]);
    assert.equal(ended.code, 0, ended.err);
    return ended.out;
  };
  const people = ["alice", "carol", "dave"].map((user) => `${user}@ours.example`);
  for (const who of people) await run("user", "add", who, "--password", "x");
  const [, carol = "", dave = ""] = people;
  const later = new Date(Date.now() + 3_600_000).toISOString();
  await run("presence", "calendar", alice, "in-a-meeting", "--until", later, "--note", "Room 7");
  await run("presence", "calendar", carol, "out-of-office");
  await run("presence", "calendar", dave, "out-of-office");
  await run("presence", "calendar", dave, "free");
  const told = async () => {
    const { sources } = JSON.parse(await run("presence", "explain", alice, "--json")) as { sources: unknown };
    return sources;
  };
  const before = await told();
  first.signal("SIGKILL");
  await first.ended;
  await startComity(t, home);
  assert.deepEqual(await told(), before);
  assert.match(JSON.stringify(before), /"in-a-meeting".*"Room 7"/);
  assert.match(await run("presence", "explain", carol), /^calendar +calendar +out-of-office /m);
  assert.match(await run("presence", "explain", dave), /Nothing says anything of them\./);
});
