import type { Connection } from "../base/network.ts";
import { headerOf, type MsrpFrame, writeFrame } from "./msrp-frame.ts";
import type { MsrpSaid } from "./msrp-sdp.ts";
import type { Quirks } from "./quirk.ts";

/** What became of a text: the status of its last chunk, -1 when nobody will ever say, then perhaps of a report. */
export type MsrpOutcome = { readonly answered: (status: number) => void; readonly reported: (status: number) => void };

export type MsrpEndParts = {
  readonly id: string;
  readonly uri: string;
  /** Of the relay in front of us; "" without one. */
  readonly relay: string;
  readonly quirks: Quirks;
  readonly newId: () => string;
  readonly wrong: (rule: string, what: string) => void;
  /** A whole message of theirs: its type and content. */
  readonly onMessage: (contentType: string, body: Buffer) => number;
  readonly drop: () => void;
  /** Its connection is gone. */
  readonly onLost: () => void;
};

/** Our end of one session of MSRP. */
export class MsrpEnd {
  readonly parts: MsrpEndParts;
  theirs: MsrpSaid | undefined;
  connection: Connection | undefined;
  readonly #waiting: Buffer[] = [];
  readonly #sent = new Map<string, { readonly outcome: MsrpOutcome; readonly isLast: boolean }>();
  readonly #reports = new Map<string, MsrpOutcome>();
  readonly #heard = new Map<string, Buffer[]>();
  readonly #seen = new Set<string>();
  /** Messages of which a chunk was refused: so are the others. */
  readonly #refused = new Map<string, number>();
  #over = false;

  constructor(parts: MsrpEndParts) {
    this.parts = parts;
  }

  /** What came first is not for this end, or begins it. */
  bind(connection: Connection): void {
    this.connection = connection;
    for (const frame of this.#waiting.splice(0)) connection.write(frame);
  }

  /** Nothing comes or goes any more. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.connection?.end();
    this.connection = undefined;
    this.#waiting.length = 0;
    const sent = [...this.#sent.values()];
    this.#sent.clear();
    for (const { outcome, isLast } of sent) if (isLast) outcome.answered(-1);
  }

  /** Its connection is gone, or could not be made. */
  lost(): void {
    if (this.#over) return;
    this.end();
    this.parts.onLost();
  }

  /** RFC 4975 §5.4: who connects says at once for which session. */
  greet(): void {
    this.#write(
      writeFrame("SEND", this.parts.newId(), [
        ...this.#paths,
        ["Message-ID", this.parts.newId()],
        ["Byte-Range", "1-0/0"],
      ]),
    );
  }

  send(contentType: string, text: string, outcome: MsrpOutcome): void {
    if (this.#over) {
      outcome.answered(-1);
      return;
    }
    const bytes = Buffer.from(text);
    const messageId = this.parts.newId();
    const most = this.parts.quirks["msrp-chunk"];
    this.#reports.set(messageId, outcome);
    for (let at = 0; at === 0 || at < bytes.length; at += most) {
      const id = this.parts.newId();
      const body = bytes.subarray(at, at + most);
      const isLast = at + most >= bytes.length;
      this.#sent.set(id, { outcome, isLast });
      const headers = [
        ...this.#paths,
        ["Message-ID", messageId],
        ["Success-Report", "yes"],
        // RFC 4975 §5.1: where a chunk ends need not be known when it begins.
        ["Byte-Range", `${at + 1}-${isLast ? bytes.length : "*"}/${bytes.length}`],
        ["Content-Type", contentType],
      ] as const;
      this.#write(writeFrame("SEND", id, headers, isLast ? "$" : "+", body));
    }
  }

  /** A frame whose To-Path is ours. */
  hear(frame: MsrpFrame) {
    const { wrong, quirks } = this.parts;
    if (frame.method === "") {
      const sent = this.#sent.get(frame.id);
      this.#sent.delete(frame.id);
      if (sent !== undefined && (sent.isLast || frame.status >= 300)) sent.outcome.answered(frame.status);
      return;
    }
    if (frame.headers[0]?.[0] !== "to-path" || frame.headers[1]?.[0] !== "from-path")
      wrong("RFC 4975 §7.1", "To-Path and From-Path do not stand first");
    if (this.#seen.has(frame.id)) wrong("RFC 4975 §7.1", "a transaction twice");
    this.#seen.add(frame.id);
    // They may connect before their answer to INVITE is here, by another connection.
    if (
      this.theirs !== undefined &&
      headerOf(frame, "from-path").split(" ").at(-1) !== this.theirs.path.split(" ").at(-1)
    )
      wrong("RFC 4975 §7.3", "From-Path is not what was described");
    if (headerOf(frame, "message-id") === "") wrong("RFC 4975 §7.1", "no Message-ID");
    if (frame.method === "REPORT") {
      const status = /^000 (\d{3})/.exec(headerOf(frame, "status"))?.[1];
      if (status === undefined) wrong("RFC 4975 §7.1.2", "a REPORT without a status");
      this.#reports.get(headerOf(frame, "message-id"))?.reported(Number(status));
      return;
    }
    if (frame.method !== "SEND") return this.#answer(frame, 501);
    if (quirks["msrp-drop"] > 0 && frame.body !== undefined) {
      quirks["msrp-drop"]--;
      if (quirks["msrp-drop"] === 0) return this.parts.drop();
    }
    const messageId = headerOf(frame, "message-id");
    if (quirks["msrp-status"] > 0 && frame.body !== undefined) this.#refused.set(messageId, quirks["msrp-status"]);
    const refused = this.#refused.get(messageId);
    if (refused !== undefined) return this.#answer(frame, refused);
    this.#chunk(frame);
  }

  #chunk(frame: MsrpFrame) {
    const { wrong } = this.parts;
    const messageId = headerOf(frame, "message-id");
    const [, from = "", to = "", total = ""] = /^(\d+)-(\d+|\*)\/(\d+|\*)$/.exec(headerOf(frame, "byte-range")) ?? [];
    if (from === "") wrong("RFC 4975 §7.1.1", "no Byte-Range");
    if (frame.body === undefined) return this.#answer(frame, 200);
    const pieces = this.#heard.get(messageId) ?? [];
    this.#heard.set(messageId, pieces);
    const before = pieces.reduce((sum, { length }) => sum + length, 0);
    if (Number(from) !== before + 1) wrong("RFC 4975 §7.1.1", `a chunk from ${from} after ${before} bytes`);
    if (to !== "*" && Number(to) !== before + frame.body.length)
      wrong("RFC 4975 §7.1.1", "Byte-Range is not the body's");
    if (frame.body.length > 2_048 && frame.flag === "+") wrong("RFC 4975 §7.1.1", "a chunk of over 2048 bytes");
    pieces.push(frame.body);
    if (frame.flag === "#") this.#heard.delete(messageId);
    if (frame.flag !== "$") return this.#answer(frame, 200);
    this.#heard.delete(messageId);
    const body = Buffer.concat(pieces);
    if (total !== "*" && Number(total) !== body.length) wrong("RFC 4975 §7.1.1", `${body.length} bytes of ${total}`);
    const status = this.parts.onMessage(headerOf(frame, "content-type"), body);
    this.#answer(frame, status);
    if (status !== 200 || headerOf(frame, "success-report") !== "yes" || this.parts.quirks["msrp-no-report"] !== 0)
      return;
    const headers = [
      ["Message-ID", messageId],
      ["Byte-Range", `1-${body.length}/${body.length}`],
      ["Status", "000 200 OK"],
    ] as const;
    this.#write(
      writeFrame("REPORT", this.parts.newId(), [
        ["To-Path", headerOf(frame, "from-path")],
        ["From-Path", this.parts.uri],
        ...headers,
      ]),
    );
  }

  #answer(frame: MsrpFrame, status: number): void {
    const wanted = headerOf(frame, "failure-report");
    if (wanted === "no" || (wanted === "partial" && status === 200)) return;
    const [to = ""] = headerOf(frame, "from-path").split(" ");
    this.#write(
      writeFrame(`${status} ${status === 200 ? "OK" : "no"}`, frame.id, [
        ["To-Path", to],
        ["From-Path", this.parts.uri],
      ]),
    );
  }

  get #paths() {
    const { relay, uri } = this.parts;
    return [
      ["To-Path", `${relay === "" ? "" : `${relay} `}${this.theirs?.path ?? ""}`],
      ["From-Path", uri],
    ] as const;
  }

  #write(bytes: Buffer): void {
    if (this.connection === undefined) this.#waiting.push(bytes);
    else this.connection.write(bytes);
  }
}
