/** What the other side's session description says of MSRP. */
export type MsrpSaid = {
  readonly secure: boolean;
  readonly path: string;
  /** "" where it says nothing. */
  readonly setup: string;
  readonly fingerprint: string;
  readonly types: string;
};

/** Reads it, and lists what is wrong with it: rule and words (RFC 4975 §8, RFC 6135 §4, RFC 8122 §5). */
export function readMsrpSaid(sdp: string): {
  readonly said: MsrpSaid | undefined;
  readonly wrong: readonly (readonly [string, string])[];
} {
  const wrong: (readonly [string, string])[] = [];
  const media = /^m=message (\d+) TCP\/(TLS\/)?MSRP \*\r?$/m.exec(sdp);
  if (media === null) return { said: undefined, wrong };
  const value = (name: string) => new RegExp(`^a=${name}:(.*?)\r?$`, "m").exec(sdp)?.[1]?.trim() ?? "";
  const secure = media[2] !== undefined;
  const said = {
    secure,
    path: value("path"),
    setup: value("setup"),
    fingerprint: value("fingerprint"),
    types: value("accept-types"),
  };
  const uri = /^msrps?:\/\/[^/ ]+\/([^; ]+);tcp$/.exec(said.path.split(" ").at(-1) ?? "");
  if (uri === null) wrong.push(["RFC 4975 §6", `no MSRP URI: ${said.path}`]);
  else if ((uri[1] ?? "").length < 14) wrong.push(["RFC 4975 §14.1", "a session that can be guessed"]);
  if (said.path.startsWith("msrps:") !== secure) wrong.push(["RFC 4975 §6", "the path is not of its transport"]);
  if (said.types === "") wrong.push(["RFC 4975 §8.6", "no accept-types"]);
  if (!/^(active|passive|actpass)$/.test(said.setup)) wrong.push(["RFC 6135 §4", `setup: ${said.setup}`]);
  if (said.setup === "active" && media[1] !== "9") wrong.push(["RFC 4145 §4.1", "active, and the port is not 9"]);
  if (secure && !/^sha-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}$/.test(said.fingerprint)) {
    wrong.push(["RFC 8122 §5", "no fingerprint"]);
  }
  return { said, wrong };
}

/** Describes our end. */
export function writeMsrpSaid(end: MsrpSaid & { readonly host: string; readonly port: number }): string {
  const { host, port, secure, path, setup, fingerprint, types } = end;
  const lines = [
    "v=0",
    `o=- 1 1 IN IP4 ${host}`,
    "s=chat",
    `c=IN IP4 ${host}`,
    "t=0 0",
    `m=message ${port} TCP/${secure ? "TLS/" : ""}MSRP *`,
    `a=accept-types:${types}`,
    "a=accept-wrapped-types:*",
    `a=path:${path}`,
    ...(setup === "" ? [] : [`a=setup:${setup}`]),
    ...(secure ? [`a=fingerprint:${fingerprint}`] : []),
  ];
  return `${lines.join("\r\n")}\r\n`;
}
