import { after, before, describe, test } from "node:test";
import type { Account } from "./clients.ts";
import { befriend, chat, showPresence } from "./conversation.ts";
import { served } from "./dns.ts";
import { startEjabberd } from "./ejabberd.ts";
import { lacking } from "./packages.ts";
import { startProsody } from "./prosody.ts";
import { Setting } from "./setting.ts";

/**
 * Prosody and ejabberd with each other, without Comity: shows that the DNS, the certificates, the servers and the clients of
 * the other interop tests are sound.
 */
const skip = (await lacking("unbound", "prosody", "ejabberd", "slixmpp")) ?? false;

const hostOf = (domain: string) => (domain.endsWith("ejabberd.example") ? 20 : domain.startsWith("plain") ? 11 : 10);

describe("Prosody and ejabberd, without Comity", { skip, timeout: 120_000 }, () => {
  let setting: Setting;
  const ways = ["external", "dialback", "plain"] as const;
  const users = { romeo: "pencil", juliet: "pencil" };

  before(async () => {
    setting = await Setting.start((network) =>
      Object.assign(
        {},
        ...ways.flatMap((way) => [
          served(`${way}.prosody.example`, network.address(hostOf(`${way}.prosody.example`))),
          served(`${way}.ejabberd.example`, network.address(20)),
        ]),
      ),
    );
    const { authority } = setting;
    const issue = (name: string, way: (typeof ways)[number]) =>
      authority.issue({ names: [name], by: way === "dialback" ? "unknown" : "trusted" });
    const domains = async (server: string, chosen: readonly (typeof ways)[number][]) =>
      Promise.all(
        chosen.map(async (way) => {
          const name = `${way}.${server}.example`;
          const identity = way === "plain" ? {} : { identity: await issue(name, way) };
          return {
            name,
            ...identity,
            tls: way === "plain" ? "none" : "required",
            dialback: way !== "external",
            users,
          } as const;
        }),
      );
    await Promise.all([
      startProsody(setting, {
        host: 10,
        tlsRequired: true,
        domains: await domains("prosody", ["external", "dialback"]),
      }),
      startProsody(setting, { host: 11, tlsRequired: false, domains: await domains("prosody", ["plain"]) }),
      startEjabberd(setting, { host: 20, domains: await domains("ejabberd", ways) }),
    ]);
  });
  after(() => setting?.close());

  const account = (user: string, domain: string, plain = false): Account => ({
    jid: `${user}@${domain}`,
    password: "pencil",
    address: setting.network.address(hostOf(domain)),
    plain,
  });

  for (const way of ways) {
    test(`they talk: ${way}`, { timeout: 60_000 }, () =>
      setting.play(async (signIn) => {
        const romeo = await signIn("slixmpp", account("romeo", `${way}.prosody.example`, way === "plain"));
        const juliet = await signIn("slixmpp", account("juliet", `${way}.ejabberd.example`, way === "plain"));
        await befriend(romeo, juliet);
        await showPresence(romeo, juliet);
        await chat(romeo, juliet);
      }),
    );
  }
});
