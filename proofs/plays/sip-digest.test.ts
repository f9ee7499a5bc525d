import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { setStage } from "../play-stage.ts";

for (const transport of ["udp", "tcp", "tls"] as const) {
  test(`RFC 8760 over ${transport}: SHA-256 is offered beside MD5, and either proves a client`, async (t) => {
    const stage = await setStage(t);
    for (const algorithm of ["SHA-256", "MD5"] as const) {
      const alice = await stage.sipClient("alice", transport);
      alice.algorithm = algorithm;
      // Over UDP a stranger is not answered with much more than was asked.
      const room = `Subject: ${"-".repeat(400)}`;
      alice.says(alice.request("REGISTER", { to: "To: <sip:alice@ours.example>", headers: ["Expires: 600", room] }));
      const challenge = await alice.answered("REGISTER");
      assert.equal(challenge.status, 401);
      assert.match(challenge.headers("www-authenticate").join(), /algorithm=MD5.*algorithm=SHA-256/);
      await alice.registers();
      assert.equal(await alice.tells("bob@ours.example", algorithm), 202);
    }
    assert.equal(await stage.world.store.offline.count("bob@ours.example"), 2);
  });
}

test("RFC 7616 §3.3: who proves with a nonce that is too old is told so, and not that the password is wrong", async (t) => {
  const stage = await setStage(t, { limits: { sipNonceMs: 300 } });
  const alice = await stage.sipClient("alice", "udp");
  alice.algorithm = "SHA-256";
  await alice.registers();
  await setTimeout(400);
  alice.says(alice.request("REGISTER", { to: "To: <sip:alice@ours.example>", headers: ["Expires: 600"] }));
  const stale = await alice.answered("REGISTER");
  assert.equal(stale.status, 401);
  assert.match(stale.header("www-authenticate") ?? "", /stale=true/);
  assert.equal(stage.metrics.value("comity_sign_ins_total", "digest", "sip-digest-failed"), 0);
  await alice.registers();
});
