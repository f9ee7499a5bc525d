import { test } from "node:test";
import { elements } from "../../src/xml/element.ts";
import { setStage } from "../play-stage.ts";
import type { Player } from "../player.ts";

const query = "query xmlns='jabber:iq:roster'";

async function getsRoster(who: Player, items = "", ver?: string): Promise<string> {
  const asked = ver === undefined ? "" : ` ver='${ver}'`;
  who.sends(`<iq type='get' id='roster'><${query}${asked}/></iq>`);
  const bare = who.jid.replace(/\/.*/, "");
  const said = ver === undefined ? "" : " ver='...'";
  const iq = await who.receives(
    `<iq type='result' id='roster' from='${bare}' to='${who.jid}'><${query}${said}>${items}</query></iq>`,
  );
  return elements(iq)[0]?.attrs.ver ?? "";
}

test("RFC 6121 §2.2 to §2.5: get, add, change, remove; every interested device is told", async (t) => {
  const stage = await setStage(t);
  const desk = await stage.person("alice");
  const phone = await stage.person("alice", "phone");
  const deaf = await stage.person("alice", "deaf"); // has not asked for the roster, so is not told (§2.1.6)
  await getsRoster(desk);
  await getsRoster(phone);

  desk.sends(
    `<iq type='set' id='a'><${query}><item jid='Nurse@theirs.example' name='Nurse'><group>Servants</group></item></query></iq>`,
  );
  const item = "<item jid='nurse@theirs.example' name='Nurse' subscription='none'><group>Servants</group></item>";
  const push = (who: Player, inside: string) =>
    `<iq type='set' id='...' to='${who.jid}'><${query} ver='...'>${inside}</query></iq>`;
  await desk.receives(push(desk, item));
  await desk.receives("<iq type='result' id='a' from='alice@ours.example' to='alice@ours.example/desk'/>");
  await phone.receives(push(phone, item));

  phone.sends(
    `<iq type='set' id='b' to='alice@ours.example'><${query}><item jid='nurse@theirs.example' name='The Nurse &amp; &lt;co&gt;'><group>A</group><group>B</group></item></query></iq>`,
  );
  const changed =
    "<item jid='nurse@theirs.example' name='The Nurse &amp; &lt;co&gt;' subscription='none'><group>A</group><group>B</group></item>";
  await phone.receives(push(phone, changed));
  await phone.receives("<iq type='result' id='b' from='alice@ours.example' to='alice@ours.example/phone'/>");
  await desk.receives(push(desk, changed));
  await getsRoster(desk, changed);

  desk.sends(`<iq type='set' id='c'><${query}><item jid='nurse@theirs.example' subscription='remove'/></query></iq>`);
  const gone = "<item jid='nurse@theirs.example' subscription='remove'/>";
  await desk.receives(push(desk, gone));
  await desk.receives("<iq type='result' id='c' from='alice@ours.example' to='alice@ours.example/desk'/>");
  await phone.receives(push(phone, gone));
  await getsRoster(desk);
  await deaf.receivesNothing();
});

test("RFC 6121 §2.6: versions", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.person("alice");
  const first = await getsRoster(alice, "", "");
  alice.sends(`<iq type='set' id='a'><${query}><item jid='bob@ours.example'/></query></iq>`);
  const push = await alice.hears();
  await alice.receives("<iq type='result' id='a' from='alice@ours.example' to='alice@ours.example/desk'/>");
  const version = elements(push)[0]?.attrs.ver ?? "";
  // what the client has already is answered by nothing at all
  alice.sends(`<iq type='get' id='r'><${query} ver='${version}'/></iq>`);
  await alice.receives("<iq type='result' id='r' from='alice@ours.example' to='alice@ours.example/desk'/>");
  await getsRoster(alice, "<item jid='bob@ours.example' subscription='none'/>", first);
});

test("RFC 6121 §2.3.3, §2.5.3, §2.1.5: what is wrong with a roster set", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.person("alice");
  const bob = await stage.person("bob");
  const cases: readonly (readonly [inside: string, condition: string, type: string])[] = [
    ["", "bad-request", "modify"],
    ["<item jid='a@theirs.example'/><item jid='b@theirs.example'/>", "bad-request", "modify"],
    ["<item name='nobody'/>", "bad-request", "modify"],
    ["<item jid='a@theirs.example/desk'/>", "bad-request", "modify"],
    ["<item jid='a@theirs.example'><group>A</group><group>A</group></item>", "bad-request", "modify"],
    ["<item jid='a@theirs.example'><group/></item>", "not-acceptable", "modify"],
    [`<item jid='a@theirs.example' name='${"n".repeat(2000)}'/>`, "not-acceptable", "modify"],
    ["<item jid='@theirs.example'/>", "jid-malformed", "modify"],
    ["<item jid='alice@ours.example'/>", "not-allowed", "cancel"],
    ["<item jid='nobody@theirs.example' subscription='remove'/>", "item-not-found", "cancel"],
  ];
  for (const [inside, condition, type] of cases) {
    alice.sends(`<iq type='set' id='x'><${query}>${inside}</query></iq>`);
    await alice.receives(
      `<iq type='error' id='x' from='alice@ours.example' to='${alice.jid}'>
         <error type='${type}'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>...</error>
       </iq>`,
    );
  }
  // another's roster is nobody's business
  bob.sends(`<iq type='get' id='y' to='alice@ours.example'><${query}/></iq>`);
  await bob.receives(
    `<iq type='error' id='y' from='alice@ours.example' to='${bob.jid}'>
       <error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>...</error>
     </iq>`,
  );
});
