import type { MappingTable } from "./mapping-table.ts";

/** MAP-5 to MAP-8: partners reached over XMPP. */
export const xmppTables: readonly MappingTable[] = [
  {
    map: "MAP-5",
    direction: "in",
    where: ["interdomain"],
    partners: ["sametime"],
    columns: [["xmpp3"], ["cupc", "jabber"]],
    rows: {
      available: ["available", ["available", "*"]],
      dnd: ["dnd", ["dnd", "*"]],
      "in-a-meeting": [
        ["available", "In a meeting"],
        ["available", "*"],
      ],
      away: ["away", ["away", "*"]],
      offline: ["offline", "offline"],
    },
  },
  {
    map: "MAP-6",
    direction: "in",
    where: ["interdomain"],
    partners: ["webex"],
    columns: [["xmpp3"], ["cupc", "jabber"]],
    rows: {
      available: ["available", "available"],
      dnd: ["dnd", "dnd"],
      "in-a-meeting": [
        ["available", "In a meeting"],
        ["away", "In a meeting"],
      ],
      away: ["away", "away"],
      offline: ["offline", "offline"],
    },
    ours: { "in-a-meeting": "Odd that one shows Available and the other Away, but printed so for every release." },
  },
  {
    map: "MAP-7",
    direction: "out",
    where: ["interdomain"],
    clients: ["cupc", "jabber"],
    columns: [["jabber"], ["xmpp"], ["webex"], ["sametime"]],
    rows: {
      available: ["available", "available", "available", "available"],
      dnd: ["dnd", "dnd", "dnd", "dnd"],
      busy: ["busy", "away", "idle", "away"],
      idle: ["idle", "idle", "idle", "idle"],
      offline: ["offline", "offline", "offline", "offline"],
    },
  },
  {
    map: "MAP-8",
    direction: "out",
    where: ["interdomain"],
    clients: ["xmpp3"],
    columns: [["jabber"], ["xmpp"], ["webex"], ["sametime"]],
    rows: {
      available: ["available", "available", "available", "available"],
      dnd: ["dnd", "dnd", "dnd", "dnd"],
      away: ["away", "away", "away", "away"],
      xa: ["away", "xa", "xa", "away"],
      idle: ["idle", ["away", "Idle"], ["away", "Idle"], ["away", "Idle"]],
      offline: ["offline", "offline", "offline", "offline"],
    },
  },
];
