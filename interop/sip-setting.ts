import type { Account } from "./clients.ts";
import { type Comity, startComity } from "./comity.ts";
import { addressOnly } from "./dns.ts";
import { Setting } from "./setting.ts";

const password = "pencil";
const people = ["alice", "bob", "carol", "dave"] as const;

/** A node with SIP and four people, in a network of its own. */
export class SipSetting {
  readonly setting: Setting;
  readonly comity: Comity;
  readonly password = password;

  private constructor(setting: Setting, comity: Comity) {
    this.setting = setting;
    this.comity = comity;
  }

  static async start(): Promise<SipSetting> {
    const setting = await Setting.start((network) => addressOnly("ours.example", network.address(30)));
    try {
      const identity = await setting.authority.issue({ names: ["ours.example"] });
      const comity = await startComity(setting, {
        host: 30,
        domains: [{ name: "ours.example", identity }],
        sip: true,
        users: Object.fromEntries(people.map((name) => [`${name}@ours.example`, password])),
      });
      return new SipSetting(setting, comity);
    } catch (error) {
      await setting.close();
      throw error;
    }
  }

  /** Where the node is. */
  get server(): string {
    return this.setting.network.address(30);
  }

  account(name: (typeof people)[number]): Account {
    return { jid: `${name}@ours.example`, password, address: this.server, ca: this.setting.authority.path };
  }

  close(): Promise<void> {
    return this.setting.close();
  }
}
