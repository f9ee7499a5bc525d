import type { Edge, Heard } from "./edge.ts";
import type { Persona } from "./persona.ts";
import type { Sessions } from "./sessions.ts";
import type { HeaderLine } from "./wire-message.ts";

/** A request to be sent as it is asked for: in the session with `to`, or outside any dialog. */
export type Asked = {
  readonly method: string;
  /** "bob@ours.example" */
  readonly to: string;
  readonly headers?: readonly HeaderLine[];
  readonly contentType?: string | undefined;
  readonly body?: string;
  readonly inSession?: boolean;
};

/** What came back: a status, 0 for no answer. */
export type Probe = {
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly HeaderLine[];
  readonly body: string;
};

/** Sends the request and waits for its final response; an INVITE that is taken is acknowledged. */
export function probe(
  { edge, sessions }: { readonly edge: Edge; readonly sessions: Sessions },
  persona: Persona,
  asked: Asked,
): Promise<Probe> {
  const to = asked.to.toLowerCase();
  const session = asked.inSession === true ? sessions.between(persona, to) : undefined;
  const dialog = session?.dialog ?? edge.newDialog(persona, `sip:${to}`);
  const { promise, resolve } = Promise.withResolvers<Probe>();
  const { method, headers = [], contentType, body = "" } = asked;
  const hear = (heard: Heard) => {
    if (typeof heard !== "string" && heard.status < 200) return;
    if (method === "INVITE" && typeof heard !== "string" && heard.status < 300) {
      // A session that was opened only to see whether it would be is ended at once.
      edge.send({ method: "ACK", dialog, cseq: dialog.cseq });
      if (session === undefined) edge.send({ method: "BYE", dialog }, () => edge.forget(dialog));
    } else if (session === undefined) edge.forget(dialog);
    if (typeof heard === "string") return resolve({ status: 0, reason: heard, headers: [], body: "" });
    const { status, reason } = heard;
    resolve({ status, reason, headers: heard.headers, body: heard.body.toString() });
  };
  edge.send({ method, dialog, contact: edge.contact(persona), headers, contentType, body }, hear);
  return promise;
}
