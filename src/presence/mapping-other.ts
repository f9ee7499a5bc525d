import { type Availability, availabilities } from "./availability.ts";
import { type Cell, clients, type MappingTable } from "./mapping-table.ts";

const aim = "No table for AIM could be found; MAP-9 suggests these.";
const google = "GoogleTalk never had a table; MAP-9 lets RFC 6121's words pass through.";
const plain = "It has the words to say it, and nobody prescribes another.";

/** Each state as itself. */
const same: Readonly<Partial<Record<Availability, readonly Cell[]>>> = Object.fromEntries(
  availabilities.map((state): [string, readonly Cell[]] => [state, [state]]),
);

function because(reason: string, rows: object): Record<string, string> {
  return Object.fromEntries(Object.keys(rows).map((state) => [state, reason]));
}

const fromAim = { available: ["available"], away: ["away"], idle: [["away", "Idle"]], offline: ["offline"] } as const;

const toAim = {
  available: ["available"],
  away: ["away"],
  idle: ["idle"],
  busy: [["away", "Busy"]],
  dnd: [["away", "Do not disturb"]],
  "on-the-phone": [["away", "On the phone"]],
  "in-a-meeting": [["away", "In a meeting"]],
  offline: ["offline"],
} as const;

const toGoogle = {
  available: ["available"],
  away: ["away"],
  xa: ["xa"],
  dnd: ["dnd"],
  offline: ["offline"],
} as const;

/** MAP-9, AOL and GoogleTalk; and partners that know all our states: other Cisco systems, any XMPP, any SIMPLE. */
export const otherTables: readonly MappingTable[] = [
  {
    map: "MAP-9",
    direction: "in",
    where: ["interdomain"],
    partners: ["aol"],
    columns: [clients],
    rows: fromAim,
    ours: because(aim, fromAim),
  },
  {
    map: "MAP-9",
    direction: "out",
    where: ["interdomain"],
    clients: clients,
    columns: [["aol"]],
    rows: toAim,
    ours: because(aim, toAim),
  },
  {
    map: "MAP-9",
    direction: "out",
    where: ["interdomain"],
    clients: clients,
    columns: [["gtalk"]],
    rows: toGoogle,
    ours: because(google, toGoogle),
  },
  {
    map: "ours",
    direction: "in",
    where: ["interdomain"],
    partners: ["gtalk", "jabber", "xmpp", "simple"],
    columns: [clients],
    rows: same,
    ours: because(plain, same),
  },
  {
    map: "ours",
    direction: "out",
    where: ["interdomain"],
    clients: clients,
    columns: [["simple"]],
    rows: same,
    ours: because(plain, same),
  },
];
