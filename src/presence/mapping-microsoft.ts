import type { MappingTable } from "./mapping-table.ts";

const microsoft = ["ocs", "lync"] as const;

const tokens = "MAP-1 has no row for it; who knows the state shows it, others what MAP-1 shows of the nearest.";

/** MAP-1 to MAP-4: Office Communicator (OCS 2007, R2) and Lync. */
export const microsoftTables: readonly MappingTable[] = [
  {
    map: "MAP-1",
    direction: "in",
    where: ["interdomain"],
    partners: microsoft,
    columns: [["xmpp3"], ["cupc", "jabber"]],
    rows: {
      available: ["available", "available"],
      busy: [["away", "Busy"], "busy"],
      dnd: [["away", "Busy"], "busy"],
      brb: ["away", "away"],
      away: ["away", "away"],
      offline: ["offline", "offline"],
    },
  },
  {
    map: "ours",
    direction: "in",
    where: ["interdomain"],
    partners: microsoft,
    columns: [["xmpp3"], ["cupc", "jabber"]],
    rows: {
      "on-the-phone": [["away", "On the phone"], "on-the-phone"],
      "in-a-meeting": [["away", "In a meeting"], "in-a-meeting"],
      "out-of-office": [["away", "Out of office"], "out-of-office"],
    },
    ours: {
      "on-the-phone": tokens,
      "in-a-meeting": tokens,
      "out-of-office": tokens,
    },
  },
  {
    map: "MAP-2",
    direction: "out",
    where: ["interdomain"],
    clients: ["cupc", "jabber"],
    columns: [microsoft],
    rows: {
      available: ["available"],
      busy: ["busy"],
      dnd: ["busy"],
      offline: ["offline"],
      away: ["away"],
      idle: ["away"],
    },
    ours: {
      away: "The interdomain table leaves it out; the intradomain table shows Away.",
      idle: "The interdomain table leaves it out, and Microsoft's PIDF has no word for it.",
    },
  },
  {
    map: "MAP-3",
    direction: "out",
    where: ["interdomain", "intradomain"],
    clients: ["xmpp3"],
    columns: [microsoft],
    rows: {
      available: ["available"],
      away: ["away"],
      xa: ["away"],
      dnd: ["busy"],
      offline: ["offline"],
    },
  },
  {
    map: "MAP-4",
    direction: "in",
    where: ["intradomain"],
    partners: microsoft,
    columns: [["jabber"], ["cupc"], ["xmpp3"]],
    rows: {
      available: ["available", "available", "available"],
      away: ["away", "away", "away"],
      brb: ["away", "away", "away"],
      busy: ["busy", "busy", "busy"],
      dnd: ["busy", "busy", "busy"],
      offline: ["offline", "offline", "offline"],
    },
  },
  {
    map: "MAP-4",
    direction: "out",
    where: ["intradomain"],
    clients: ["cupc"],
    columns: [microsoft],
    // "Offline with On the Phone, Meeting, Out of Office" is composed as not reachable, and goes out as offline.
    rows: {
      available: ["available"],
      busy: ["busy"],
      "on-the-phone": ["busy"],
      "in-a-meeting": ["busy"],
      away: ["away"],
      dnd: ["busy"],
      offline: ["offline"],
    },
  },
  {
    map: "MAP-4",
    direction: "out",
    where: ["intradomain"],
    clients: ["jabber"],
    columns: [microsoft],
    rows: {
      available: ["available"],
      away: ["away"],
      dnd: ["busy"],
      "out-of-office": ["offline"],
      offline: ["offline"],
    },
  },
];
