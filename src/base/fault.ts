import { configFaults } from "./faults/config.ts";
import { dnsFaults } from "./faults/dns.ts";
import { linkFaults } from "./faults/link.ts";
import { pkiFaults } from "./faults/pki.ts";
import type { FaultRow } from "./faults/row.ts";
import { sipFaults } from "./faults/sip.ts";
import { sipAnswerFaults } from "./faults/sip-answer.ts";
import { stanzaFaults } from "./faults/stanza.ts";
import { storeFaults } from "./faults/store.ts";
import { streamFaults } from "./faults/stream.ts";
import { xmlFaults } from "./faults/xml.ts";

/** Every way anything can fail, in one table: four readers (peer, user, operator, docs), one truth. */
export const faults = {
  ...xmlFaults,
  ...streamFaults,
  ...stanzaFaults,
  ...linkFaults,
  ...pkiFaults,
  ...dnsFaults,
  ...storeFaults,
  ...configFaults,
  ...sipFaults,
  ...sipAnswerFaults,
} as const;

export type FaultCode = keyof typeof faults;

/** One failure: a row of the table and, in `detail`, what exactly went wrong this time (never a secret or a message body). */
export type Fault = { readonly code: FaultCode; readonly detail: string };

export function fault(code: FaultCode, detail = ""): Fault {
  return { code, detail };
}

/** The table's row for a fault. */
export function rowOf(code: FaultCode): FaultRow {
  return faults[code];
}

/** The words a user may read: the row's sentence and, where it helps, the detail. */
export function wordsFor(failure: Fault): string {
  const { user } = rowOf(failure.code);
  return failure.detail === "" ? user : `${user} (${failure.detail})`;
}
