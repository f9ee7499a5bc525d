import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Linphone } from "./linphone.ts";
import { LyncSetting, lyncDomain } from "./lync-setting.ts";
import { lacking } from "./packages.ts";
import { domain } from "./sip-setting.ts";

const skip = (await lacking("unbound", "slixmpp", "sipe", "linphone", "curl")) ?? false;
const romeo = `romeo@${lyncDomain}`;

describe("pidgin-sipe at a Lync edge, and Comity", { skip, timeout: 180_000 }, () => {
  let lync: LyncSetting;
  before(async () => {
    lync = await LyncSetting.start(
      ["bob", "carol", "dave", "erin", "frank", "grace"],
      ["romeo", "juliet", "tybalt", "nurse", "paris"],
    );
  });
  after(() => lync?.close());

  test("with a person on XMPP", { timeout: 90_000 }, () => converse(lync));

  test("with people on SIP", { timeout: 90_000 }, (t) =>
    lync.setting.play(async (_, __, take) => {
      const juliet = `juliet@${lyncDomain}`;
      const purple = take(lync.sipe("juliet", "tcp"));
      await purple.expect("online");
      const linphone = take(Linphone.start(lync.sip, { user: "dave", transport: "tls", friends: [juliet] }));
      await linphone.registered();
      const simple = take(lync.simple("carol"));
      await simple.expect("online");

      await purple.expect("asked", `sip:dave@${domain}`);
      await linphone.sees(juliet, "Online");
      purple.status("away");
      await linphone.sees(juliet, "Away");
      purple.add("dave");
      // ...
      for (const text of ["hello from Lync", "5 < 6 & so on"]) {
        purple.im("dave", text);
        await linphone.reads(juliet, text);
        linphone.chat(juliet, `you wrote: ${text}`);
        await purple.expect("im", `sip:dave@${domain}`, "", `you wrote: ${text}`);
      }
      simple.im(juliet, "from SIMPLE");
      await purple.expect("im", `sip:carol@${domain}`, "", "from SIMPLE");
      // SIMPLE reads one message of a piece, and what stays behind with the next piece (simple.c): there is always one.
      const more = setInterval(() => linphone.chat(`carol@${domain}`, "by the way"), 2_000);
      t.after(() => clearInterval(more));
      purple.im("carol", "from Lync");
      await simple.expect("im", `sip:${juliet}`, "", "from Lync");
      purple.types("carol", true);
      await simple.expect("typing", `sip:${juliet}`);
      clearInterval(more);
      simple.types(juliet, true);
      await purple.expect("typing", `sip:carol@${domain}`);
      const { violations } = await lync.state();
      assert.deepEqual(violations, []);
    }),
  );

  test("who does not know the password does not get in", { timeout: 60_000 }, () =>
    lync.setting.play(async (_, __, take) => {
      const purple = take(lync.sipe("romeo", "tls", "guess"));
      assert.match(await purple.expect("failed"), /Authentication failed/);
    }),
  );

  test("somebody who is not there, who is nobody, who is blocked", { timeout: 90_000 }, () =>
    lync.setting.play(async (signIn, _, take) => {
      const erin = await signIn("slixmpp", lync.account("erin"));
      const tybalt = `tybalt@${lyncDomain}`;
      const contact = `sip:erin@${domain}`;
      // Nobody is signed in for Tybalt any more: the stand-in plays him no longer.
      const first = take(lync.sipe("tybalt", "tls"));
      await first.expect("online");
      erin.presence({ to: tybalt, type: "subscribe" });
      await erin.expect({ event: "presence", from: tybalt, type: "available" });
      await first.close();
      await erin.expect({ event: "presence", from: tybalt, type: "unavailable" });
      const id = erin.message(tybalt, "are you there?");
      const back = await erin.expect({ event: "message", id, type: "error", error: {} });
      assert.match(back.error?.text ?? "", /./);

      // His contacts and what he published by hand are as he left them.
      const purple = take(lync.sipe("tybalt", "tcp"));
      await purple.expect("online");
      await erin.expect({ event: "presence", from: tybalt, type: "available" });
      purple.im("nobody", "anybody?");
      assert.match(await purple.expect("error", `sip:nobody@${domain}`), /recipients are offline/);
      purple.add("erin");
      await erin.expect({ event: "presence", from: tybalt, type: "subscribe" });
      erin.presence({ to: tybalt, type: "subscribed" });
      await purple.expect("buddy", contact, "available");

      purple.block("erin", true);
      await erin.expect({ event: "presence", from: tybalt, type: "unavailable" });
      purple.block("erin", false);
      await erin.expect({ event: "presence", from: tybalt, type: "available" });

      await erin.close();
      await purple.expect("buddy", contact, "offline");
      const before = purple.process.lines.length;
      purple.im("erin", "for later");
      await purple.process.line(/remove_unconfirmed_message: removed .*<MESSAGE>/, 10_000, before);
      const again = await signIn("slixmpp", lync.account("erin"));
      await again.expect({ event: "message", from: tybalt, body: "for later", delayed: true });
      const { violations } = await lync.state();
      assert.deepEqual(violations, []);
    }),
  );

  test("in a hurry, and while the edge's connections break", { timeout: 90_000 }, () =>
    lync.setting.play(async (signIn, _, take) => {
      const frank = await signIn("slixmpp", lync.account("frank"));
      const nurse = `nurse@${lyncDomain}`;
      const contact = `sip:frank@${domain}`;
      const purple = take(lync.sipe("nurse", "tls"));
      await purple.expect("online");
      const texts = Array.from({ length: 20 }, (_, at) => `${at} of twenty`);
      for (const text of texts) purple.im("frank", text);
      for (const text of texts) await frank.expect({ event: "message", from: nurse, body: text });
      const read = frank.happened.flatMap(({ body = "" }) => (texts.includes(body) ? [body] : []));
      assert.deepEqual(read, texts);
      for (const text of texts) frank.message(nurse, `re ${text}`);
      for (const text of texts) await purple.expect("im", contact, "", `re ${text}`);

      for (let round = 0; round < 3; round++) {
        await lync.steer("drop", {});
        frank.message(nurse, `after ${round}`);
        await purple.expect("im", contact, "", `after ${round}`);
        purple.im("frank", `and ${round}`);
        await frank.expect({ event: "message", from: nurse, body: `and ${round}` });
      }
      const { violations } = await lync.state();
      assert.deepEqual(violations, []);
    }),
  );

  test("both write at once, neither having heard of the other (I-4)", { timeout: 90_000 }, () =>
    lync.setting.play(async (signIn, _, take) => {
      const frank = await signIn("slixmpp", lync.account("frank"));
      const tybalt = `tybalt@${lyncDomain}`;
      const contact = `sip:frank@${domain}`;
      const purple = take(lync.sipe("tybalt", "tls"));
      await purple.expect("online");
      // pidgin-sipe knows one session with each person only. When an INVITE meets its own it drops that with a BYE that names no
      // dialog, says its text once more, and mixes the two up when its INVITE is accepted: then its user reads an error. So
      // either writer's text is read, or its writer is told; that is all that can be had of it.
      const isTold = (line: string) => line.startsWith(`error\t${contact}`);
      for (let round = 0; round < 4; round++) {
        const from = purple.process.lines.length;
        purple.im("frank", `theirs ${round}`);
        const id = frank.message(tybalt, `ours ${round}`);
        const said = (line: string) => line.startsWith(`im\t${contact}`) && line.endsWith(`ours ${round}`);
        await Promise.all([
          Promise.any([
            frank.expect({ event: "message", from: tybalt, body: `theirs ${round}` }),
            purple.process.line(isTold, 20_000, from),
          ]),
          Promise.any([
            purple.process.line(said, 20_000, from),
            frank.expect({ event: "message", from: tybalt, type: "error", id }),
          ]),
        ]);
        // Both leave what they have.
        frank.raw(
          `<message to="${tybalt}" type="chat"><gone xmlns="http://jabber.org/protocol/chatstates"/></message>`,
        );
        purple.leave("frank");
        await frank.settle(domain);
        await sleep(1_500);
      }
      purple.im("frank", "at last");
      await frank.expect({ event: "message", from: tybalt, body: "at last" });
      frank.message(tybalt, "at last, too");
      await purple.expect("im", contact, "", "at last, too");
      const { violations } = await lync.state();
      assert.deepEqual(violations, []);
    }),
  );

  test("while Comity is killed and starts again", { timeout: 90_000 }, () =>
    lync.setting.play(async (signIn, _, take) => {
      const grace = await signIn("slixmpp", lync.account("grace"));
      const paris = `paris@${lyncDomain}`;
      const contact = `sip:grace@${domain}`;
      const purple = take(lync.sipe("paris", "tls"));
      await purple.expect("online");
      grace.presence({ to: paris, type: "subscribe" });
      await grace.expect({ event: "presence", from: paris, type: "available" });
      purple.add("grace");
      await grace.expect({ event: "presence", from: paris, type: "subscribe" });
      grace.presence({ to: paris, type: "subscribed" });
      await purple.expect("buddy", contact, "available");
      purple.im("grace", "before");
      await grace.expect({ event: "message", from: paris, body: "before" });

      await lync.restart();
      const again = await signIn("slixmpp", lync.account("grace"));
      await again.expect({ event: "presence", from: paris, type: "available" });
      again.presence({ show: "away" });
      await purple.expect("buddy", contact, "away");
      purple.status("busy");
      await again.expect({ event: "presence", from: paris, type: "available", show: "away", status: "Busy" });
      again.message(paris, "after");
      await purple.expect("im", contact, "", "after");
      purple.im("grace", "and now");
      await again.expect({ event: "message", from: paris, body: "and now" });
    }),
  );
});

for (const profile of ["ocs2007", "ocs2007r2", "sfb2019"] as const) {
  test(`pidgin-sipe at an edge of ${profile}, and a person on XMPP`, { skip, timeout: 180_000 }, async () => {
    const lync = await LyncSetting.start(["bob"], ["romeo"], profile);
    try {
      await converse(lync);
    } finally {
      await lync.close();
    }
  });
}

/** Presence, texts and typing both ways, a session that either side ends and opens again. */
function converse(lync: LyncSetting): Promise<void> {
  return lync.setting.play(async (signIn, _, take) => {
    const bob = await signIn("slixmpp", lync.account("bob"));
    const contact = `sip:bob@${domain}`;
    const purple = take(lync.sipe("romeo", "tls"));
    await purple.expect("online");
    bob.presence({ to: romeo, type: "subscribe" });
    await purple.expect("asked", contact);
    await bob.expect({ event: "presence", from: romeo, type: "available", show: "" });

    purple.add("bob");
    await bob.expect({ event: "presence", from: romeo, type: "subscribe" });
    bob.presence({ to: romeo, type: "subscribed" });
    await purple.expect("buddy", contact, "available");
    bob.presence({ show: "dnd", status: "writing" });
    await purple.expect("buddy", contact, "busy");
    bob.presence({ show: "away", status: "gone to lunch" });
    await purple.expect("buddy", contact, "away");
    bob.presence({});
    await purple.expect("buddy", contact, "available");

    purple.status("busy");
    await bob.expect({ event: "presence", from: romeo, type: "available", show: "away", status: "Busy" });
    purple.status("away");
    await bob.expect({ event: "presence", from: romeo, type: "available", show: "away", status: "" });
    purple.status("available");
    await bob.expect({ event: "presence", from: romeo, type: "available", show: "" });

    for (const text of ["hello from Lync", `5 < 6 && "a" > 'b'`, "grüße, 漢字, 🙂"]) {
      purple.im("bob", text);
      await bob.expect({ event: "message", from: romeo, body: text });
      bob.message(romeo, `you wrote: ${text}`);
      await purple.expect("im", contact, "", `you wrote: ${text}`);
    }
    purple.types("bob", true);
    await bob.process.line(/<composing /, 10_000);
    const composing = '<composing xmlns="http://jabber.org/protocol/chatstates"/>';
    bob.raw(`<message to="${romeo}" type="chat">${composing}</message>`);
    await purple.expect("typing", contact);

    // Its window closed, the session is over, and the next text opens another.
    purple.leave("bob");
    bob.message(romeo, "are you still there?");
    await purple.expect("im", contact, "", "are you still there?");

    // R17: what is no text is refused, and the conversation goes on.
    purple.file("bob", import.meta.filename);
    assert.match(await purple.expect("error", contact), /don't support this type of message/);
    purple.im("bob", "then not");
    await bob.expect({ event: "message", from: romeo, body: "then not" });
    // Bob leaves. What crossed that would come back, for the session is over (481).
    const before = purple.process.lines.length;
    bob.raw(`<message to="${romeo}" type="chat"><gone xmlns="http://jabber.org/protocol/chatstates"/></message>`);
    await purple.process.line(/process_incoming_bye: session found/, 10_000, before);
    purple.im("bob", "and you?");
    await bob.expect({ event: "message", from: romeo, body: "and you?" });
    assert.match((await lync.state()).users.romeo?.client?.userAgent ?? "", /^Purple\/.* Sipe\//);

    await purple.close();
    await bob.expect({ event: "presence", from: romeo, type: "unavailable" });
    const { violations } = await lync.state();
    assert.deepEqual(violations, []);
  });
}
