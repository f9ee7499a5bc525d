import { connect, createServer, isIP, type Server, type Socket } from "node:net";
import type { Clock } from "../base/clock.ts";
import { fault } from "../base/fault.ts";
import type {
  Connection,
  ConnectionHandler,
  ConnectOptions,
  Listener,
  ListenOptions,
  Network,
} from "../base/network.ts";
import { no, ok, type Result } from "../base/result.ts";
import { SocketConnection } from "./connection.ts";
import { openDatagrams } from "./datagram.ts";
import { faultOf } from "./socket-error.ts";
import { readCredentials } from "./tls.ts";
import { Turn } from "./turn.ts";
import type { WebSocketTimes } from "./web-socket-door.ts";

/** How long a silent TCP connection waits before the system asks whether the peer's machine still lives. */
const keepAliveMs = 60_000;

/** The real network: TCP, TLS, STARTTLS, WebSocket and UDP on this machine's sockets. */
export function systemNetwork(clock: Clock, times?: WebSocketTimes): Network {
  const turn = new Turn(clock);
  return {
    listen: async (options) => listen(options, await takerFor(options, turn, times)),
    connect: (options) => dial(options, turn),
    datagrams: (options) => openDatagrams(options, turn),
    credentials: readCredentials,
  };
}

type Taker = (socket: Socket) => void;

/** What becomes of each new connection of a listener. */
async function takerFor(options: ListenOptions, turn: Turn, times: WebSocketTimes | undefined): Promise<Taker> {
  const { webSocket, tls } = options;
  if (webSocket !== undefined) {
    // HTTP and WebSocket are loaded only where they are spoken.
    const { webSocketDoor, webSocketTimes } = await import("./web-socket-door.ts");
    return webSocketDoor({ ...options, webSocket }, turn, times ?? webSocketTimes);
  }
  return (socket) => {
    const connection = new SocketConnection(socket, turn);
    const handler = options.accept(connection);
    if (handler === undefined) {
      connection.destroy();
      return;
    }
    connection.handler = handler;
    if (tls !== undefined) connection.secure(tls);
  };
}

function listen(options: ListenOptions, take: Taker): Promise<Result<Listener>> {
  const server = createServer({
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveMs,
  });
  server.on("connection", take);
  return new Promise((resolve) => {
    const where = `${options.address}:${options.port}`;
    server.once("error", (error: NodeJS.ErrnoException) => {
      resolve(no(fault("listen-failed", `${where}: ${error.code ?? error.message}`)));
    });
    server.listen({ host: options.address, port: options.port, backlog: 1024 }, () => {
      server.removeAllListeners("error");
      // A later error (no file descriptors left) must not end the process; new connections wait in the backlog.
      server.on("error", () => {});
      resolve(ok(listenerOf(server)));
    });
  });
}

function listenerOf(server: Server): Listener {
  const at = server.address();
  const endpoint =
    at === null || typeof at === "string" ? { address: "", port: 0 } : { address: at.address, port: at.port };
  return {
    at: endpoint,
    // The server's own callback waits for every open connection to end; ours only stops the accepting.
    close: async () => {
      server.close();
    },
  };
}

function dial(options: ConnectOptions, turn: Turn): Promise<Result<Connection>> {
  if (isIP(options.address) === 0) {
    return Promise.resolve(no(fault("remote-server-not-found", `${options.address} is not an address`)));
  }
  const where = `${options.address}:${options.port}`;
  return new Promise((resolve) => {
    const socket = connect({
      host: options.address,
      port: options.port,
      ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }),
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMs,
    });
    const tooLate = () => {
      socket.destroy();
      resolve(no(fault("remote-server-timeout", `${where} did not answer`)));
    };
    // The system's own timer, once per dial: a dial is rare beside a message.
    const timer = setTimeout(tooLate, options.timeoutMs);
    const failed = (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      resolve(no(faultOf(error)));
    };
    socket.once("error", failed);
    socket.once("connect", () => {
      socket.off("error", failed);
      const connection = new SocketConnection(socket, turn);
      if (options.tls === undefined) {
        clearTimeout(timer);
        resolve(ok(connection));
        return;
      }
      connection.handler = handshake(connection, (result) => {
        clearTimeout(timer);
        resolve(result);
      });
      connection.secure(options.tls);
    });
  });
}

/** Owns a connection until its first handshake is over. */
function handshake(connection: Connection, done: (result: Result<Connection>) => void): ConnectionHandler {
  return {
    onData() {},
    onDrain() {},
    onSecure: () => done(ok(connection)),
    onEnd: () => connection.destroy(),
    onClose: (why) => done(no(why ?? fault("tls-failed", "closed during the handshake"))),
  };
}
