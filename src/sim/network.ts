import { fault } from "../base/fault.ts";
import type { Connection, ConnectOptions, Endpoint, Listener, ListenOptions, Network } from "../base/network.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { SimTime } from "./clock.ts";
import { SimConnection } from "./connection.ts";
import { readCredentials } from "./credentials.ts";
import { SimDatagrams } from "./datagram.ts";
import { Pipe, type Wire } from "./pipe.ts";
import { isOwn, meets, type NetworkPlace } from "./place.ts";
import type { Plan } from "./plan.ts";
import type { SimRandom } from "./random.ts";

type Ear = { readonly place: NetworkPlace; readonly at: Endpoint; readonly options: ListenOptions };
type Pair = {
  readonly places: readonly NetworkPlace[];
  readonly ends: readonly SimConnection[];
  readonly pipes: Pipe[];
};

const ephemeralFirst = 49_152;

/** The one network of a simulated world, and what may be done to it while it runs. */
export class SimNetwork {
  readonly #time: SimTime;
  readonly #random: SimRandom;
  readonly #plan: Plan;
  readonly #places = new Set<NetworkPlace>();
  readonly #ears = new Set<Ear>();
  readonly #pairs = new Set<Pair>();
  readonly #holes = new Set<string>();
  readonly #datagrams: SimDatagrams;
  /** What is under way into a black hole, in order. */
  #stuck: { readonly addresses: readonly string[]; readonly then: () => void }[] = [];
  #port = ephemeralFirst;

  constructor(time: SimTime, random: SimRandom, plan: Plan) {
    this.#time = time;
    this.#random = random;
    this.#plan = plan;
    const field = {
      time,
      random,
      plan,
      placeOf: (address: string) => this.#placeOf(address),
      isCut: (addresses: readonly string[]) => this.#isHole(addresses),
      nextPort: () => this.#port++,
    };
    this.#datagrams = new SimDatagrams(field);
  }

  /** Gives a host its door. */
  join(place: NetworkPlace): Network {
    // A process that starts where another died takes its place; two living ones cannot share an address.
    for (const each of this.#places)
      if (each.addresses.some((own) => place.addresses.includes(own))) this.#places.delete(each);
    this.#places.add(place);
    return {
      listen: (options) => this.#listen(place, options),
      connect: (options) => this.#connect(place, options),
      datagrams: (options) => this.#datagrams.open(place, options),
      credentials: readCredentials,
    };
  }

  /** From now on nothing passes to or from this address, and nobody is told. */
  blackHole(address: string): void {
    this.#holes.add(address);
  }

  /** The address is reachable again; what was under way arrives. */
  heal(address: string): void {
    this.#holes.delete(address);
    const free = this.#stuck.filter((each) => !this.#isHole(each.addresses));
    this.#stuck = this.#stuck.filter((each) => this.#isHole(each.addresses));
    for (const { then } of free) this.#time.in(0, then);
  }

  /** Breaks every connection of this address: both ends learn of it. */
  cut(address: string): void {
    for (const pair of this.#pairs) {
      if (pair.ends.some((end) => end.local.address === address)) this.#cutPair(pair);
    }
  }

  /** The host's process died: its machine closes what it held, tells the other ends, and refuses new connections. */
  kill(place: NetworkPlace): void {
    this.#datagrams.kill(place);
    for (const ear of this.#ears) if (ear.place === place) this.#ears.delete(ear);
    for (const pair of this.#pairs) {
      for (const [index, end] of pair.ends.entries()) {
        if (pair.places[index] !== place) continue;
        end.forget();
        pair.pipes[index]?.finish({ kind: "reset" });
      }
    }
  }

  async #listen(place: NetworkPlace, options: ListenOptions): Promise<Result<Listener>> {
    const where = `${options.address}:${options.port}`;
    if (!isOwn(place, options.address)) {
      return no(fault("listen-failed", `${where}: EADDRNOTAVAIL`));
    }
    const port = options.port === 0 ? this.#port++ : options.port;
    const taken = [...this.#ears].some(
      (ear) => ear.place === place && ear.at.port === port && meets(ear.at.address, options.address),
    );
    if (taken) return no(fault("listen-failed", `${where}: EADDRINUSE`));
    const ear = { place, at: { address: options.address, port }, options };
    this.#ears.add(ear);
    return ok({ at: ear.at, close: async () => void this.#ears.delete(ear) });
  }

  #connect(place: NetworkPlace, options: ConnectOptions): Promise<Result<Connection>> {
    const where = `${options.address}:${options.port}`;
    const local = options.localAddress ?? place.addresses[0] ?? "";
    if (!/^[\d.]+$|:/.test(options.address)) {
      return Promise.resolve(no(fault("remote-server-not-found", `${options.address} is not an address`)));
    }
    if (!place.addresses.includes(local)) {
      return Promise.resolve(no(fault("remote-server-not-found", `EADDRNOTAVAIL ${local}`)));
    }
    return new Promise((resolve) => {
      let over = false;
      let made: SimConnection | undefined;
      const answer = (result: Result<Connection>): void => {
        if (over) made?.destroy();
        else resolve(result);
        over = true;
      };
      place.clock.after(options.timeoutMs, () => {
        if (over) return;
        answer(no(fault("remote-server-timeout", `${where} did not answer`)));
        made?.destroy();
      });
      const unanswered = this.#random.chance(this.#plan.unansweredChance);
      const refused = this.#random.chance(this.#plan.refusedChance);
      const back = (then: () => void): void => {
        this.#carry([local, options.address], this.#delay(), () => place.clock.after(0, then));
      };
      this.#carry([local, options.address], this.#delay(), () => {
        const target = this.#placeOf(options.address);
        if (target === undefined || unanswered) return; // nobody has that address: nothing comes back
        const ear = [...this.#ears].find(
          (each) => each.place === target && each.at.port === options.port && meets(each.at.address, options.address),
        );
        if (ear === undefined || refused) {
          back(() => answer(no(fault("remote-connection-refused", where))));
          return;
        }
        made = this.#accept(place, { address: local, port: this.#port++ }, ear, options);
        const connection = made;
        back(() => secureFirst(connection, options, answer));
      });
    });
  }

  /** Makes both ends and shows the server's to its owner. */
  #accept(place: NetworkPlace, local: Endpoint, ear: Ear, { address, port }: Endpoint): SimConnection {
    const remote = { address, port };
    const handshakeRandom = () => this.#random.bytes(32);
    // Who connects to a WebSocket's port is taken to have shaken hands: what is simulated is that messages stay whole.
    const messageBytesMax = ear.options.webSocket?.messageBytesMax;
    const how = { handshakeRandom, messageBytesMax };
    const client = new SimConnection({ local, remote, clock: place.clock, ...how });
    const server = new SimConnection({ local: remote, remote: local, clock: ear.place.clock, ...how });
    const pair: Pair = { places: [place, ear.place], ends: [client, server], pipes: [] };
    const wire: Wire = {
      plan: this.#plan,
      random: this.#random,
      nowMs: () => this.#time.nowMs,
      carry: (ms, then) => this.#carry([local.address, address], ms, then),
      cut: () => this.#cutPair(pair),
    };
    const up = new Pipe(
      wire,
      (segment) => server.arrive(segment),
      () => client.roomAgain(),
    );
    const down = new Pipe(
      wire,
      (segment) => client.arrive(segment),
      () => server.roomAgain(),
    );
    client.hold();
    client.join(up, down);
    server.join(down, up);
    pair.pipes.push(up, down);
    this.#pairs.add(pair);
    const handler = ear.options.accept(server);
    if (handler === undefined) server.destroy();
    else {
      server.handler = handler;
      if (ear.options.tls !== undefined) server.secure(ear.options.tls);
    }
    return client;
  }

  #cutPair(pair: Pair): void {
    this.#pairs.delete(pair);
    for (const end of pair.ends) this.#time.in(this.#delay(), () => end.lose("ECONNRESET"));
  }

  #carry(addresses: readonly string[], ms: number, then: () => void): void {
    this.#time.in(ms, () => {
      if (this.#isHole(addresses)) this.#stuck.push({ addresses, then });
      else then();
    });
  }

  #placeOf(address: string): NetworkPlace | undefined {
    for (const place of this.#places) if (place.addresses.includes(address)) return place;
    return undefined;
  }

  #isHole(addresses: readonly string[]): boolean {
    return addresses.some((address) => this.#holes.has(address));
  }

  #delay(): number {
    return this.#random.between(this.#plan.latencyMs);
  }
}

/** The end of a connect: with `tls`, the handshake comes before the caller gets the connection. */
function secureFirst(
  connection: SimConnection,
  options: ConnectOptions,
  answer: (result: Result<Connection>) => void,
): void {
  if (connection.isOver) {
    answer(no(fault("remote-link-lost", "ECONNRESET")));
    return;
  }
  connection.release();
  if (options.tls === undefined) {
    answer(ok(connection));
    return;
  }
  connection.handler = {
    onData() {},
    onDrain() {},
    onSecure: () => answer(ok(connection)),
    onEnd: () => connection.destroy(),
    onClose: (why) => answer(no(why ?? fault("tls-failed", "closed during the handshake"))),
  };
  connection.secure(options.tls);
}
