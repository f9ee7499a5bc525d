import { test } from "node:test";
import { setStage } from "../play-stage.ts";
import type { Player } from "../player.ts";

const a = "alice@ours.example";
const b = "bob@ours.example";

async function enables(who: Player, what: "enable" | "disable" = "enable"): Promise<void> {
  who.sends(`<iq type='set' id='c'><${what} xmlns='urn:xmpp:carbons:2'/></iq>`);
  await who.receives(`<iq type='result' id='c' from='${who.jid.replace(/\/.*/, "")}' to='${who.jid}'/>`);
}

const copy = (way: string, owner: string, to: string, message: string) =>
  `<message from='${owner}' to='${to}' type='chat'><${way} xmlns='urn:xmpp:carbons:2'>
     <forwarded xmlns='urn:xmpp:forward:0'>${message.replace("<message", "<message xmlns='jabber:client'")}</forwarded>
   </${way}></message>`;

test("XEP-0280 §7, §8: what one device receives and sends, the others see", async (t) => {
  const stage = await setStage(t);
  const bob = await stage.present("bob");
  const desk = await stage.present("alice");
  const phone = await stage.person("alice", "phone");
  const quiet = await stage.person("alice", "quiet");
  await enables(phone);
  await enables(desk);

  const received = `<message from='${b}/desk' to='${a}/desk' type='chat' id='1'><body>What man art thou &amp; so on?</body></message>`;
  bob.sends(received);
  await desk.receives(received);
  await phone.receives(copy("received", a, `${a}/phone`, received));

  const sent = `<message from='${a}/desk' to='${b}/desk' type='chat' id='2'><body>Neither</body></message>`;
  desk.sends(sent);
  await bob.receives(sent);
  await phone.receives(copy("sent", a, `${a}/phone`, sent));
  await quiet.receivesNothing();

  // §9: private ones are not copied; nor are headlines
  const privately = `<message from='${b}/desk' to='${a}/desk' type='chat'><body>hush</body><private xmlns='urn:xmpp:carbons:2'/><no-copy xmlns='urn:xmpp:hints'/></message>`;
  bob.sends(privately);
  await desk.hears();
  const headline = `<message from='${b}/desk' to='${a}/desk' type='headline'><body>news</body></message>`;
  bob.sends(headline);
  await desk.receives(headline);
  await phone.receivesNothing();

  await enables(phone, "disable");
  bob.sends(received);
  await desk.receives(received);
  await phone.receivesNothing();
});

test("XEP-0280 §6: a message to the bare address is not copied to those who got it", async (t) => {
  const stage = await setStage(t);
  const bob = await stage.present("bob");
  const desk = await stage.present("alice");
  await enables(desk);
  const phone = await stage.person("alice", "phone");
  await enables(phone);
  const message = `<message from='${b}/desk' to='${a}' type='chat'><body>x</body></message>`;
  bob.sends(message);
  await desk.receives(message);
  await phone.receives(copy("received", a, `${a}/phone`, message));
  await desk.receivesNothing();
});
