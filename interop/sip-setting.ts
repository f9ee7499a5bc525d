import type { Account } from "./clients.ts";
import { type Comity, type ComityOptions, startComity } from "./comity.ts";
import { addressOnly } from "./dns.ts";
import { Setting } from "./setting.ts";

export const domain = "ours.example";
export const password = "pencil";

/** How SIP programs reach the server, and where it listens for it. */
export const sipTransports = { udp: 5060, tcp: 5060, tls: 5061 } as const;
export type SipTransport = keyof typeof sipTransports;

/** A server that SIP clients register with. */
export interface SipHome {
  readonly setting: Setting;
  readonly domain: string;
  /** The server's address. */
  readonly address: string;
  /** An address for one more program. */
  ownAddress(): string;
}

/** Somebody's address: of the home's own domain when it is a name alone. */
export function addressAt({ domain }: Pick<SipHome, "domain">, who: string): string {
  return who.includes("@") ? who : `${who}@${domain}`;
}

/** Comity with SIP and XMPP clients of one domain, and nothing beyond it. */
export class SipSetting implements SipHome {
  readonly setting: Setting;
  readonly domain = domain;
  readonly comity: Comity;
  #hosts = 100;

  private constructor(setting: Setting, comity: Comity) {
    this.setting = setting;
    this.comity = comity;
  }

  static async start(
    users: readonly string[],
    options: Pick<ComityOptions, "limits" | "autoAuthorise"> = {},
  ): Promise<SipSetting> {
    const setting = await Setting.start((network) => addressOnly(domain, network.address(30)));
    try {
      const identity = await setting.authority.issue({ names: [domain] });
      const comity = await startComity(setting, {
        host: 30,
        domains: [{ name: domain, identity }],
        users: Object.fromEntries(users.map((user) => [`${user}@${domain}`, password])),
        ...options,
        sip: true,
      });
      return new SipSetting(setting, comity);
    } catch (error) {
      await setting.close();
      throw error;
    }
  }

  /** A setting somebody else has started, with a node at the same address. */
  static of(setting: Setting, comity: Comity): SipSetting {
    return new SipSetting(setting, comity);
  }

  get address(): string {
    return this.setting.network.address(30);
  }

  ownAddress(): string {
    return this.setting.network.address(this.#hosts++);
  }

  /** Somebody's account, as XMPP clients have it. */
  account(user: string): Account {
    return { jid: `${user}@${domain}`, password, address: this.address, ca: this.setting.authority.path };
  }

  close(): Promise<void> {
    return this.setting.close();
  }
}
