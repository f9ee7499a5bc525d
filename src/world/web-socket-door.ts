import { createServer, type IncomingMessage, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { ListenOptions } from "../base/network.ts";
import { startTls } from "./tls.ts";
import type { Turn } from "./turn.ts";
import { WebSocketConnection } from "./web-socket.ts";

export type WebSocketTimes = {
  /** From the accepted connection to the end of the opening handshake, TLS included. */
  readonly handshakeMs: number;
  /** After so much silence, and twice as much at most, a WebSocket is asked whether it lives; it has as long to answer. */
  readonly pingMs: number;
};

/** Silence is broken before proxies in front give the connection up, which many do after a minute. */
export const webSocketTimes: WebSocketTimes = { handshakeMs: 10_000, pingMs: 25_000 };

/** A request is one GET with a dozen headers. */
const headBytesMax = 8_192;
/** Pieces of one message that are kept while the rest is under way, each with its own cost. */
const fragmentsMax = 1_024;
const chunksMax = 8_192;

/**
 * What becomes of the connections of a WebSocket listener: TLS where asked for, then the opening handshake (RFC 6455 §4.2),
 * for the one subprotocol alone. Where a page comes from (Origin) is not looked at: whoever speaks SIP through it proves
 * themselves by digest, and no cookie speaks for them.
 */
export function webSocketDoor(
  options: ListenOptions & { readonly webSocket: NonNullable<ListenOptions["webSocket"]> },
  turn: Turn,
  times: WebSocketTimes,
): (socket: Socket) => void {
  const { subprotocol, messageBytesMax } = options.webSocket;
  const connections = new Map<Duplex, WebSocketConnection>();
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: messageBytesMax,
    maxFragments: fragmentsMax,
    maxBufferedChunks: chunksMax,
    handleProtocols: () => subprotocol,
  } as ConstructorParameters<typeof WebSocketServer>[0]);
  // It listens to nothing: connections are handed to it, and it reads their first request.
  const http = createServer({ maxHeaderSize: headBytesMax, keepAlive: false });
  http.on("request", (_request, response) => {
    // RFC 9110 §15.5.22
    response.writeHead(426, { Upgrade: "websocket", Connection: "Upgrade, close", "Content-Type": "text/plain" });
    response.end("This port speaks WebSocket.\n");
  });
  http.on("upgrade", (request, socket, head) => {
    const connection = connections.get(socket);
    if (connection === undefined) socket.destroy();
    else if (!asksFor(request, subprotocol))
      refuse(socket, 400, `Only the subprotocol ${subprotocol} is spoken here.\n`);
    else webSockets.handleUpgrade(request, socket, head, (webSocket) => connection.open(webSocket));
  });
  let looking: NodeJS.Timeout | undefined;
  const look = () => {
    for (const connection of connections.values()) connection.look();
  };
  const keep = (socket: Socket, connection: WebSocketConnection): void => {
    connections.set(socket, connection);
    looking ??= setInterval(look, times.pingMs).unref();
    const late = setTimeout(() => connection.tooLate(), times.handshakeMs).unref();
    socket.once("close", () => {
      clearTimeout(late);
      connections.delete(socket);
      if (connections.size > 0) return;
      clearInterval(looking);
      looking = undefined;
    });
  };
  return (socket) => {
    const connection = new WebSocketConnection(socket, turn);
    const handler = options.accept(connection);
    if (handler === undefined) {
      connection.destroy();
      return;
    }
    connection.handler = handler;
    if (options.tls === undefined) {
      keep(socket, connection);
      http.emit("connection", socket);
      return;
    }
    const secured = startTls(socket, options.tls, (facts) => {
      connection.secured(facts);
      http.emit("connection", secured);
    });
    connection.wrap(secured);
    keep(secured, connection);
  };
}

/** RFC 7118 §5: the client offers "sip", perhaps among others. */
function asksFor(request: IncomingMessage, subprotocol: string): boolean {
  const offered = request.headers["sec-websocket-protocol"] ?? "";
  return offered.split(",").some((each) => each.trim() === subprotocol);
}

function refuse(socket: Duplex, status: number, words: string): void {
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain\r\n`;
  socket.once("finish", () => socket.destroy());
  socket.end(`${head}Content-Length: ${words.length}\r\n\r\n${words}`);
}
