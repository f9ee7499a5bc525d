import { escapeXml } from "../xml/writer.ts";
import type { Persona } from "./persona.ts";

/** What Office Communicator publishes for each state (sip-wire 2.4); what is not here, as for "busy". */
const numbers: Readonly<Record<string, number>> = {
  available: 3_500,
  idle: 5_000,
  busy: 6_500,
  dnd: 9_500,
  brb: 12_500,
  lunch: 12_500,
  away: 15_500,
  "out-of-office": 15_500,
  offline: 18_500,
};

const tokens: ReadonlySet<string> = new Set(["on-the-phone", "in-a-meeting", "in-a-conference", "out-of-office"]);

const schemas = "http://schemas.microsoft.com/2006/09/sip";

/** The presence of a person as enhanced clients tell each other (sip-wire 2.5). `number`: in place of the one of their state. */
export function writeCategories({ uri, state, note }: Persona, number: number | undefined): string {
  const availability = number ?? numbers[state] ?? 6_500;
  const token = tokens.has(state) ? `<activity token="${state}"/>` : "";
  const said =
    note === ""
      ? ""
      : `<category name="note" instance="0" container="200" version="1"><note xmlns="${schemas}/note"><body type="personal" uri="">${escapeXml(note)}</body></note></category>`;
  return (
    `<categories xmlns="${schemas}/categories" uri="${escapeXml(uri)}"><category name="state" instance="1" container="200" version="1">` +
    `<state xmlns="${schemas}/state" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="aggregateState">` +
    `<availability>${availability}</availability>${token}</state></category>${said}</categories>`
  );
}
