import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Process } from "./process.ts";
import type { SipSetting } from "./sip-setting.ts";

/** Debian's SIPp has no TLS. */
export type Transport = "udp" | "tcp";

/** One request of a scenario: what differs from one to the next. */
export type SippRequest = {
  readonly method: string;
  /** Whom it is for; the domain for REGISTER. */
  readonly uri: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  /** The challenge it gets first, if any. */
  readonly challenge?: 401 | 407;
  readonly answer: number;
};

const sippTransports: Readonly<Record<Transport, string>> = { udp: "u1", tcp: "t1" };

/** What SIPp is to do: requests in turn, each with its digest; then what it must be sent. */
export function scenario(
  user: string,
  password: string,
  requests: readonly SippRequest[],
  then: readonly string[] = [],
): string {
  let cseq = 0;
  const send = (request: SippRequest, signed: boolean) => {
    const { method, uri, headers = [], body = "" } = request;
    const lines = [
      `${method} ${uri} SIP/2.0`,
      "Via: SIP/2.0/[transport] [local_ip]:[local_port];rport;branch=[branch]",
      "Max-Forwards: 70",
      `From: <sip:${user}@ours.example>;tag=[call_number]`,
      `To: <${method === "REGISTER" ? `sip:${user}@ours.example` : uri}>`,
      "Call-ID: [call_id]",
      `CSeq: ${++cseq} ${method}`,
      `Contact: <sip:${user}@[local_ip]:[local_port];transport=[transport]>`,
      ...headers,
      ...(signed ? [`[authentication username=${user} password=${password}]`] : []),
      "Content-Length: [len]",
      "",
      body,
    ];
    return `<send retrans="500"><![CDATA[\n${lines.join("\n")}\n]]></send>`;
  };
  const steps = requests.flatMap((request) => [
    send(request, false),
    ...(request.challenge === undefined
      ? []
      : [`<recv response="${request.challenge}" auth="true"/>`, send(request, true)]),
    '<recv response="100" optional="true"/>',
    `<recv response="${request.answer}"/>`,
  ]);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="${user}">\n${[...steps, ...then].join("\n")}\n</scenario>\n`;
}

/** It is sent a request of this method whose body has a text, and answers 200. */
export function receives(method: string, text: string): string {
  return `<recv request="${method}"><action><ereg regexp="${text}" search_in="msg" check_it="true" assign_to="found"/><log message="${method} [$found]"/></action></recv>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>`;
}

let runs = 0;

/** Starts SIPp with a scenario, from an address of its own. It knows one URI to sign for: `uri`, whatever it asks for. */
export function startSipp(
  { setting, server }: SipSetting,
  transport: Transport,
  host: number,
  uri: string,
  text: string,
): Process {
  const { network } = setting;
  const file = join(network.folder, `sipp-${++runs}.xml`);
  writeFileSync(file, text);
  const command = ["/usr/bin/sipp", `${server}:5060`, "-sf", file, "-t", sippTransports[transport], "-m", "1"];
  const own = [
    "-i",
    network.address(host),
    "-p",
    "5070",
    "-nostdin",
    "-auth_uri",
    uri,
    "-timeout",
    "20s",
    "-timeout_error",
    "-trace_err",
  ];
  return network.start(`sipp ${runs}`, [...command, ...own], { cwd: network.folder });
}
