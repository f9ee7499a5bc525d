import { getServers } from "node:dns";
import { readFile, stat } from "node:fs/promises";
import type { Endpoint } from "../base/network.ts";
import { endpointFrom, ipFamily } from "../dns/ip-literal.ts";

/** A small file of the system's that is read again when it has changed. */
class WatchedFile<T> {
  readonly #path: string;
  readonly #parse: (text: string) => T;
  #stamp = "";
  #value: T;

  constructor(path: string, parse: (text: string) => T) {
    this.#path = path;
    this.#parse = parse;
    this.#value = parse("");
  }

  async value(): Promise<T> {
    try {
      const { mtimeMs, size, ino } = await stat(this.#path);
      const stamp = `${mtimeMs} ${size} ${ino}`;
      if (stamp !== this.#stamp) {
        this.#value = this.#parse(await readFile(this.#path, "utf8"));
        this.#stamp = stamp;
      }
    } catch {
      this.#stamp = "";
      this.#value = this.#parse("");
    }
    return this.#value;
  }
}

/** The machine's own DNS servers, followed as they change (resolv.conf(5)); what Node found at start where there is no such file. */
export class SystemServers {
  readonly #file: WatchedFile<readonly Endpoint[]>;

  constructor(path = "/etc/resolv.conf") {
    this.#file = new WatchedFile(path, nameservers);
  }

  async servers(): Promise<readonly Endpoint[]> {
    const named = await this.#file.value();
    return named.length > 0 ? named : getServers().flatMap((text) => endpointFrom(text, 53) ?? []);
  }
}

/** The lines `nameserver ADDRESS` of a resolv.conf; a zone (fe80::1%eth0) is kept off, we cannot use it. */
export function nameservers(text: string): Endpoint[] {
  return lines(text)
    .filter(([keyword]) => keyword === "nameserver")
    .flatMap(([, address = ""]) => endpointFrom(address, 53) ?? []);
}

/** The machine's own table of names, hosts(5), followed as it changes. */
export class HostsFile {
  readonly #file: WatchedFile<ReadonlyMap<string, readonly string[]>>;

  constructor(path = "/etc/hosts") {
    this.#file = new WatchedFile(path, hostTable);
  }

  /** The addresses the table gives a name, both families together. */
  async addresses(name: string): Promise<readonly string[]> {
    const wanted = name.toLowerCase();
    // RFC 6761 §6.3: localhost is always this machine, and is never asked of DNS.
    if (wanted === "localhost" || wanted.endsWith(".localhost")) return ["127.0.0.1", "::1"];
    return (await this.#file.value()).get(wanted) ?? [];
  }
}

export function hostTable(text: string): ReadonlyMap<string, readonly string[]> {
  const table = new Map<string, string[]>();
  for (const [address = "", ...names] of lines(text)) {
    if (ipFamily(address) === undefined) continue;
    for (const name of names) {
      const key = name.toLowerCase();
      table.set(key, [...(table.get(key) ?? []), address]);
    }
  }
  return table;
}

function lines(text: string): string[][] {
  return text.split("\n").map((line) =>
    line
      .replace(/[#;].*$/, "")
      .trim()
      .split(/\s+/),
  );
}
