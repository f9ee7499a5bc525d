import assert from "node:assert/strict";
import { test } from "node:test";
import { comity, temporaryHome } from "./comity-process.ts";

const yaml = "domains: [ours.example]\nfederation:\n  partners:\n    - domain: xmpp.example\n";

test("partners: added with routes, names and addresses, listed, shown, remapped, removed", async (t) => {
  const home = temporaryHome(t, yaml);
  const partner = (...args: string[]) => comity(["partner", ...args, "--home", home]);
  const routes = ["edge.contoso.example", "backup.contoso.example:5062;weight=3", "[2001:db8::7]:5061;priority=9;off"];
  const words = [
    "--description",
    "Contoso",
    "--rate",
    "40",
    "--connections",
    "2",
    "--name",
    "sipfed.provider.example",
    "--direction",
    "both",
  ];
  const added = await partner("add", "contoso.example", "--type", "lync2010", ...words, "--route", ...routes);
  assert.deepEqual(added, { code: 0, out: "contoso.example is a partner of type lync2010.\n", err: "" });
  const shown = (await partner("show", "contoso.example")).out;
  assert.match(shown, /edge\.contoso\.example:5061 tls priority 1, /);
  assert.match(shown, /backup\.contoso\.example:5062 tls priority 2 weight 3, /);
  assert.match(shown, /\[2001:db8::7\]:5061 tls parked/);
  assert.match(shown, /names +sipfed\.provider\.example/);
  assert.match(shown, /rate +40 requests a second/);
  assert.match(shown, /connections +2 opened at most/);
  assert.doesNotMatch(shown, /^now /m); // nothing runs
  assert.match((await partner("list")).out, /contoso\.example +lync2010 +both .*Contoso/);

  // MAP-12: rows otherwise, for every class and for one, printed as the administrator's
  const rows = ["out:dnd=dnd", "in:busy=away,In the lab", "in/cupc:busy=busy", "out/phone:on-the-phone=away"];
  const mapped = await partner("mapping", "contoso.example", "--set", ...rows, "number:7500=away,idle");
  assert.equal(mapped.code, 0, mapped.err);
  assert.match(mapped.out, /^OURS, AS THEY SEE IT +XMPP3 +CUPC, JABBER$/m);
  assert.match(mapped.out, /^Do not disturb +Do not disturb \(your choice\) +Do not disturb \(your choice\)$/m);
  assert.match(mapped.out, /^THEIRS, AS WE SEE IT +XMPP3 +CUPC +JABBER$/m);
  assert.match(
    mapped.out,
    /^Busy +Away "In the lab" \(your choice\) +Busy \(your choice\) +Away "In the lab" \(your choice\)$/m,
  );
  assert.match(mapped.out, /^phone: On the phone +Away \(your choice\)$/m);
  assert.match(mapped.out, /^calendar: In a meeting +Busy "In a meeting" \(MAP-2, our choice\)$/m);
  assert.match(mapped.out, /^6000 +Busy +MAP-10\n7500 +Away, idle +your choice$/m);
  assert.match(mapped.out, /Inside one domain with them \(MAP-4\)[\s\S]*^theirs +Busy +xmpp3 +Busy \(MAP-4\)$/m);
  assert.match(mapped.out, /Our choice, where the requirements leave it open:/);
  // whoever writes the partner anew keeps it
  assert.equal((await partner("add", "contoso.example", "--type", "lync2010")).code, 0);
  const json = JSON.parse((await partner("show", "contoso.example", "--json")).out);
  const kept = ["in:busy=away,In the lab", "in/cupc:busy=busy", "out:dnd=dnd", "out/phone:on-the-phone=away"];
  assert.deepEqual(json.mapping, [...kept, "number:7500=away,idle"]);
  assert.deepEqual(json.routes, []);
  assert.match(
    (await partner("show", "contoso.example")).out,
    /^otherwise +in:busy=away,In the lab; in\/cupc:busy=busy;/m,
  );
  const audit = (await comity(["audit", "--limit", "2", "--home", home])).out;
  assert.match(audit, /partner\.mapping +contoso\.example +in:busy=away,In the lab in\/cupc:busy=busy /);
  const wrong = await partner("mapping", "contoso.example", "--set", "in/pidgin:busy=busy");
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /pidgin is none of xmpp3, cupc, jabber \(in\)/);
  const unset = kept.map((row) => row.slice(0, row.indexOf("=")));
  const taken = await partner("mapping", "contoso.example", "--unset", ...unset, "number:7500");
  assert.match(taken.out, /Do not disturb +Busy \(MAP-3\) +Busy \(MAP-2\)/);
  assert.doesNotMatch(taken.out, /your choice/);
  assert.match((await partner("mapping", "gtalk")).out, /^Busy +Do not disturb "Busy" \(MAP-9, our choice\)$/m);

  assert.equal((await partner("remove", "contoso.example")).code, 0);
});

const refusals: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  ["RT-18: a domain of ours", ["add", "ours.example"], 1, /one of ours/],
  ["RT-17: a domain reached over XMPP", ["add", "xmpp.example"], 1, /reached over XMPP/],
  ["LIM-03: AOL without TLS", ["add", "aol.com", "--type", "aol", "--route", "a.example;tcp"], 1, /TLS over TCP only/],
  ["a route that is none", ["add", "a.example", "--route", "a.example;udp"], 2, /--route is/],
  ["connections that are none", ["add", "a.example", "--connections", "some"], 2, /--connections is/],
  ["too many connections", ["add", "a.example", "--connections", "17"], 1, /connections: 1 to 16/],
  ["a rate that is none", ["add", "a.example", "--rate", "many"], 2, /--rate is/],
  ["a state that is none", ["mapping", "a.example", "--set", "out:dnd=bsy"], 1, /no such partner/],
  ["a change of a type's tables", ["mapping", "lync2010", "--set", "out:dnd=dnd"], 2, /type's tables stand/],
  ["a partner there is not", ["show", "a.example"], 1, /no such partner/],
];
for (const [what, args, code, words] of refusals) {
  test(`partner refuses ${what}`, async (t) => {
    const ended = await comity(["partner", ...args, "--home", temporaryHome(t, yaml)]);
    assert.equal(ended.code, code, ended.out + ended.err);
    assert.match(ended.err, words);
  });
}

test("SET-15: the deny list: entries put on, listed and taken off on the store of a stopped node", async (t) => {
  const home = temporaryHome(t, yaml);
  const federation = (...args: string[]) => comity(["federation", ...args, "--home", home]);
  const denied = await federation("deny", "*.Mallory.example");
  assert.deepEqual(denied, { code: 0, out: "*.mallory.example is denied (both).\n", err: "" });
  assert.equal((await federation("deny", "late.example", "--direction", "out")).code, 0);
  assert.equal(
    (await federation("denied")).out,
    "DOMAIN             DIRECTION\n*.mallory.example  both\nlate.example       out\n",
  );
  assert.equal((await federation("allow", "*.mallory.example")).out, "*.mallory.example is denied no more.\n");
  const wrong = await federation("deny", "late.example", "--direction", "sideways");
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /no entry for the deny list.*one of both, in, out/);
  assert.match((await federation("allow", "early.example")).err, /not on the deny list/);
  // what a node has found out is kept; finding out needs a running one
  assert.equal((await federation("discovered")).out, "No unknown domain was met.\n");
  assert.match((await federation("discover", "far.example")).err, /No node runs/);
  assert.match((await federation("forget", "far.example")).err, /no such partner/);
});

test("EML-10: a partner behind a Microsoft server of ours, where email addresses are names, is added with a warning", async (t) => {
  const home = temporaryHome(t, `${yaml}  emailAddresses: true\n`);
  const partner = (...args: string[]) => comity(["partner", ...args, "--home", home]);
  const added = await partner("add", "contoso.example", "--type", "lync2010", "--route", "lync.ours.example");
  assert.equal(added.code, 0);
  assert.match(
    added.out,
    /\nWarning: Email addresses .* \(lync\.ours\.example\)\n {2}That server takes .*own Access Edge/,
  );
  assert.match((await partner("show", "contoso.example")).out, /^warning +Email addresses/m);
  const edge = await partner("add", "contoso.example", "--type", "lync2010", "--route", "sip.contoso.example");
  assert.equal(edge.out, "contoso.example is a partner of type lync2010.\n");
});

test("EML-03, EML-08: people's email addresses and their domains on the store of a stopped node", async (t) => {
  const home = temporaryHome(t, yaml);
  const run = (...args: string[]) => comity([...args, "--home", home]);
  assert.equal((await run("user", "add", "alice@ours.example", "--password", "x")).code, 0);
  const set = await run("user", "email", "alice@ours.example", "Alice.Smith@mail.example");
  assert.deepEqual(set, { code: 0, out: "alice@ours.example: alice.smith@mail.example\n", err: "" });
  assert.equal((await run("domain", "add", "later.example")).out, "later.example is written down.\n");
  const list = (await run("domain", "list")).out;
  assert.match(list, /ours\.example +1\n/);
  assert.match(list, /later\.example +0 +administrator +none\nmail\.example +1 +system +none/);
  assert.match((await run("user", "email")).out, /alice@ours\.example +alice\.smith@mail\.example/);
  const wrong = await run("user", "email", "alice@ours.example", "alice");
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /no whole email address/);
  assert.match((await run("domain", "remove", "mail.example")).err, /not there to be taken off/);
  assert.match((await run("user", "email", "alice@ours.example", "--clear")).out, /no email address/);
  assert.match((await run("domain", "list")).out, /mail\.example +0 +administrator/);
  assert.match(
    (await run("audit", "--limit", "2")).out,
    /cli:\d+ +user\.email +alice@ours\.example *\n.* domain\.add +later\.example/,
  );
});
