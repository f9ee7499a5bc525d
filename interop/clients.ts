import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import type { Process } from "./process.ts";
import type { Setting } from "./setting.ts";
import { withSystemNames } from "./system-names.ts";

/** Whose account, and where the server is. */
export type Account = {
  readonly jid: string;
  readonly password: string;
  readonly address: string;
  readonly port?: number;
  /** PEM of the authority that must have signed the server's certificate; without it any certificate will do. */
  readonly ca?: string;
  /** Without TLS, for servers that have none. */
  readonly plain?: boolean;
  /** TLS from the first byte. */
  readonly direct?: boolean;
};

/** What a client tells: see slixmpp-client.py. Absent members are not told for that event. */
export type Happening = {
  readonly event: "online" | "offline" | "failed" | "stream-error" | "message" | "presence" | "roster" | "answer";
  readonly from?: string;
  readonly type?: string;
  readonly id?: string;
  readonly body?: string;
  readonly delayed?: boolean;
  readonly show?: string;
  readonly status?: string;
  readonly jid?: string;
  readonly subscription?: string;
  readonly ask?: string;
  readonly what?: string;
  readonly condition?: string;
  readonly error?: { readonly condition: string; readonly type: string; readonly text: string } | null;
};

/** The members that must be so; `from` and `jid` without a resource fit any; text may be a pattern. */
export type Expected = {
  readonly [M in Exclude<keyof Happening, "error" | "event">]?: Happening[M] | RegExp;
} & { readonly event: Happening["event"]; readonly error?: { readonly condition?: string; readonly text?: RegExp } };

export type ClientKind = "slixmpp" | "@xmpp/client";

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A real client in a process of its own. */
export class Client {
  readonly jid: string;
  readonly process: Process;
  /** Everything that happened, in order. */
  readonly happened: Happening[] = [];
  readonly #taken = new Set<Happening>();
  #read = 0;
  #sent = 0;

  constructor({ network, dns }: Pick<Setting, "network" | "dns">, kind: ClientKind, account: Account) {
    this.jid = account.jid;
    const how = JSON.stringify({ port: account.direct ? 5223 : 5222, plain: false, direct: false, ...account });
    // Slixmpp checks what it gets with the authority; Node takes it from its environment.
    const trust =
      account.ca === undefined ? { NODE_TLS_REJECT_UNAUTHORIZED: "0" } : { NODE_EXTRA_CA_CERTS: account.ca };
    const options = { input: true, env: { ...trust, PYTHONUNBUFFERED: "1" } };
    const name = `${kind} ${account.jid}`;
    if (kind === "slixmpp") {
      this.process = network.start(name, ["/usr/bin/python3", here("slixmpp-client.py"), how], options);
    } else {
      // With direct TLS it goes where the C library says the domain is.
      const command = [execPath, here("xmppjs-client.mjs"), how];
      this.process = network.start(name, withSystemNames(dns, network.folder, command), options);
    }
  }

  /** Sends a chat message; gives its id. */
  message(to: string, body: string): string {
    const id = `m${++this.#sent}`;
    this.#command({ do: "message", to, body, id });
    return id;
  }

  presence(what: { to?: string; type?: string; show?: string; status?: string }): void {
    this.#command({ do: "presence", ...what });
  }

  raw(xml: string): void {
    this.#command({ do: "raw", xml });
  }

  /** Asks a domain something and waits for its answer: by then it has dealt with all this client sent there before. */
  async settle(domain: string): Promise<void> {
    const id = `settle${++this.#sent}`;
    this.raw(`<iq type="get" id="${id}" to="${domain}"><ping xmlns="urn:xmpp:ping"/></iq>`);
    await this.expect({ event: "answer", id });
  }

  /** The first happening that fits and was not given before; waits for it. */
  async expect(expected: Expected, ms = 20_000): Promise<Happening> {
    const untilMs = Date.now() + ms;
    for (;;) {
      this.#gather();
      const found = this.happened.find((one) => !this.#taken.has(one) && fits(one, expected));
      if (found !== undefined) {
        this.#taken.add(found);
        return found;
      }
      const seen = this.process.lines.length;
      try {
        await this.process.line(() => true, Math.max(1, untilMs - Date.now()), seen);
      } catch (error) {
        const wanted = JSON.stringify(expected, (_, value) => (value instanceof RegExp ? `${value}` : value));
        throw new Error(`${this.process.name} waited for ${wanted}: ${error instanceof Error ? error.message : error}`);
      }
    }
  }

  /** Whether something like it has happened so far. */
  has(expected: Expected): boolean {
    this.#gather();
    return this.happened.some((one) => fits(one, expected));
  }

  async close(): Promise<void> {
    this.#command({ do: "close" });
    await this.expect({ event: "offline" }, 3_000).catch(() => undefined);
    await this.process.stop(2_000);
  }

  #command(command: Readonly<Record<string, unknown>>): void {
    this.process.write(`${JSON.stringify(command)}\n`);
  }

  #gather(): void {
    for (const line of this.process.lines.slice(this.#read)) {
      if (line.startsWith('{"event"')) this.happened.push(JSON.parse(line));
    }
    this.#read = this.process.lines.length;
  }
}

function fits(one: Happening, expected: Expected): boolean {
  return Object.entries(expected).every(([member, wanted]) => {
    const value = one[member as keyof Happening];
    if (member === "error") return errorFits(one.error, expected.error ?? {});
    if (wanted instanceof RegExp) return typeof value === "string" && wanted.test(value);
    const bare = (member === "from" || member === "jid") && typeof value === "string" && !`${wanted}`.includes("/");
    return bare ? value.split("/")[0] === wanted : value === wanted;
  });
}

function errorFits(error: Happening["error"], expected: NonNullable<Expected["error"]>): boolean {
  if (error === undefined || error === null) return false;
  const { condition, text } = expected;
  return (condition === undefined || error.condition === condition) && (text === undefined || text.test(error.text));
}
