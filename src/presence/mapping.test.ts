import assert from "node:assert/strict";
import { test } from "node:test";
import { type Availability, availabilities } from "./availability.ts";
import { mappingTables, nearest, shownHere, shownThere } from "./mapping.ts";
import type { Cell, Client, MappingTable, Partner } from "./mapping-table.ts";

/** The requirements' tables as they are written there; the last column, where there is one, is our doubt and choice. */
const map1 = `
| Available      | Available                | Available |
| Busy           | Away, status text "Busy" | Busy      |
| Do Not Disturb | Away, status text "Busy" | Busy      |
| Be Right Back  | Away                     | Away      |
| Away           | Away                     | Away      |
| Offline        | Offline                  | Offline   |`;

const map2 = `
| Available      | Available |
| Busy           | Busy      |
| Do Not Disturb | Busy      |
| Offline        | Offline   |
| Away, Idle     | Away (?)  |`;

const map3 = `
| Available     | Available |
| Away          | Away      |
| Extended Away | Away      |
| DND           | Busy      |
| Offline       | Offline   |`;

const map4In = `
| Available               | Available | Available | Available |
| Away, Be Right Back     | Away      | Away      | Away      |
| Busy                    | Busy      | Busy      | Busy      |
| Do Not Disturb          | Busy      | Busy      | Busy      |
| Appear Offline, Offline | Offline   | Offline   | Offline   |`;

const map4Cupc = `
| Available      | Available |
| Busy           | Busy      |
| On the Phone   | Busy      |
| Meeting        | Busy      |
| Away           | Away      |
| Do Not Disturb | Busy      |
| Offline        | Offline   |`;

const map4Jabber = `
| Available      | Available |
| Away           | Away      |
| Do Not Disturb | Busy      |
| Out of Office  | Offline   |
| Offline        | Offline   |`;

const map5 = `
| Available                        | Available                | Available with status message      |
| Do Not Disturb                   | Do Not Disturb           | Do Not Disturb with status message |
| Available, status "In a meeting" | Available "In a meeting" | Available with status message      |
| Away                             | Away                     | Away with status message           |
| Offline                          | Offline                  | Offline                            |`;

const map6 = `
| Available           | Available                    | Available               |
| Do Not Disturb      | Do Not Disturb               | Do Not Disturb          |
| Away "In a meeting" | Available "In a meeting" (?) | Away "In a meeting" (?) |
| Away                | Away                         | Away                    |
| Offline             | Offline                      | Offline                 |`;

const map7 = `
| Available      | Available | Available | Available | Available |
| Do Not Disturb | DND       | DND       | DND       | DND       |
| Busy           | Busy      | Away      | Idle      | Away      |
| Idle           | Idle      | Idle      | Idle      | Idle      |
| Offline        | Offline   | Offline   | Offline   | Offline   |`;

const map8 = `
| Available           | Available | Available     | Available     | Available   |
| Do Not Disturb      | DND       | DND           | DND           | DND         |
| Away                | Away      | Away          | Away          | Away        |
| Extended Away       | Away      | Extended Away | Extended Away | Away        |
| Away, status "Idle" | Idle      | Away "Idle"   | Away "Idle"   | Away "Idle" |
| Offline             | Offline   | Offline       | Offline       | Offline     |`;

/** MAP-9 is prose, and all of it our suggestion. */
const map9AolIn = `
| Available | Available (?)   |
| Away      | Away (?)        |
| Idle      | Away "Idle" (?) |
| Offline   | Offline (?)     |`;

const map9AolOut = `
| Available      | Available (?)             |
| Away           | Away (?)                  |
| Idle           | Idle (?)                  |
| Busy           | Away "Busy" (?)           |
| Do Not Disturb | Away "Do not disturb" (?) |
| On the Phone   | Away "On the phone" (?)   |
| Meeting        | Away "In a meeting" (?)   |
| Offline        | Offline (?)               |`;

const map9Google = `
| Available     | Available (?)     |
| Away          | Away (?)          |
| Extended Away | Extended Away (?) |
| DND           | DND (?)           |
| Offline       | Offline (?)       |`;

const states: Readonly<Record<string, Availability>> = {
  Available: "available",
  Busy: "busy",
  "Do Not Disturb": "dnd",
  DND: "dnd",
  "Be Right Back": "brb",
  Away: "away",
  "Extended Away": "xa",
  Idle: "idle",
  "On the Phone": "on-the-phone",
  Meeting: "in-a-meeting",
  "Out of Office": "out-of-office",
  Offline: "offline",
  "Appear Offline": "offline",
  'Available, status "In a meeting"': "in-a-meeting",
  'Away "In a meeting"': "in-a-meeting",
  'Away, status "Idle"': "idle",
};

/** A cell as the tables write it: the state, the text beside it ("*" for the person's own), and whether it is in doubt. */
function cellOf(written: string): { availability: Availability; text: string; doubt: boolean } {
  const [, state = "", text = "", own, doubt] =
    /^([A-Za-z ]+?)(?:,? (?:status text )?"(.+)")?( with status message)?( \(\?\))?$/.exec(written) ?? [];
  const availability = states[state];
  assert.ok(availability !== undefined, written);
  return { availability, text: own === undefined ? text : "*", doubt: doubt !== undefined };
}

function rowsOf(table: string): readonly { states: readonly Availability[]; cells: readonly string[] }[] {
  return table
    .trim()
    .split("\n")
    .map((line) => {
      const [head = "", ...cells] = line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim());
      const heads = states[head] === undefined ? head.split(", ") : [head];
      return { states: heads.map((each) => states[each] ?? assert.fail(head)), cells };
    });
}

/** Which table it is: from whom, and a column for each part after the arrow. */
const written: Readonly<Record<string, string>> = {
  "MAP-1 in ocs,lync > xmpp3; cupc,jabber": map1,
  "MAP-2 out cupc,jabber > ocs,lync": map2,
  "MAP-3 out xmpp3 > ocs,lync": map3,
  "MAP-4 in ocs,lync > jabber; cupc; xmpp3": map4In,
  "MAP-4 out cupc > ocs,lync": map4Cupc,
  "MAP-4 out jabber > ocs,lync": map4Jabber,
  "MAP-5 in sametime > xmpp3; cupc,jabber": map5,
  "MAP-6 in webex > xmpp3; cupc,jabber": map6,
  "MAP-7 out cupc,jabber > jabber; xmpp; webex; sametime": map7,
  "MAP-8 out xmpp3 > jabber; xmpp; webex; sametime": map8,
  "MAP-9 in aol > xmpp3,cupc,jabber": map9AolIn,
  "MAP-9 out xmpp3,cupc,jabber > aol": map9AolOut,
  "MAP-9 out xmpp3,cupc,jabber > gtalk": map9Google,
};

function nameOf(table: MappingTable): string {
  const from = table.direction === "in" ? table.partners : table.clients;
  return `${table.map} ${table.direction} ${from.join()} > ${table.columns.map((column) => column.join()).join("; ")}`;
}

const prescribed = new Map(mappingTables.filter(({ map }) => map !== "ours").map((table) => [nameOf(table), table]));

test("MAP-1 to MAP-9: the tables are there, and no other", () => {
  assert.deepEqual([...prescribed.keys()].sort(), Object.keys(written).sort());
});

test("MAP-1 to MAP-9: every cell is as the requirements have it, doubts included", () => {
  for (const [name, text] of Object.entries(written)) {
    const table = prescribed.get(name);
    const rows = rowsOf(text).flatMap((row) => row.states.map((state) => [state, row.cells.map(cellOf)] as const));
    assert.deepEqual(Object.keys(table?.rows ?? {}).sort(), [...new Set(rows.map(([state]) => state))].sort(), name);
    for (const [state, cells] of rows) {
      const ours: readonly Cell[] = table?.rows[state] ?? [];
      assert.deepEqual(
        ours.map((cell) => (typeof cell === "string" ? [cell, ""] : cell)),
        cells.map((cell) => [cell.availability, cell.text]),
        `${name}: ${state}`,
      );
      assert.equal(ours.length, table?.columns.length, `${name}: ${state}`);
      assert.equal(
        table?.ours?.[state] !== undefined,
        cells.some(({ doubt }) => doubt),
        `${name}: ${state}, in doubt`,
      );
    }
  }
});

test("looking up", () => {
  const shown = (partner: Partner, client: Client, state: Availability, direction: "in" | "out", inside = false) => {
    const place = inside ? "intradomain" : "interdomain";
    const look = direction === "in" ? shownHere : shownThere;
    const { availability, text, map, ours } = look(partner, client, state, place);
    return `${availability}${text === "" ? "" : ` "${text}"`} ${map}${ours === undefined ? "" : " ours"}`;
  };
  // as written
  assert.equal(shown("ocs", "xmpp3", "busy", "in"), 'away "Busy" MAP-1');
  assert.equal(shown("lync", "cupc", "dnd", "in"), "busy MAP-1");
  assert.equal(shown("lync", "xmpp3", "busy", "in", true), "busy MAP-4");
  assert.equal(shown("ocs", "cupc", "away", "out"), "away MAP-2 ours");
  assert.equal(shown("ocs", "cupc", "on-the-phone", "out", true), "busy MAP-4");
  assert.equal(shown("ocs", "jabber", "out-of-office", "out", true), "offline MAP-4");
  assert.equal(shown("lync", "xmpp3", "dnd", "out", true), "busy MAP-3");
  assert.equal(shown("sametime", "cupc", "in-a-meeting", "in"), "available MAP-5");
  assert.equal(shown("webex", "xmpp3", "in-a-meeting", "in"), 'available "In a meeting" MAP-6 ours');
  assert.equal(shown("webex", "cupc", "busy", "out"), "idle MAP-7");
  assert.equal(shown("xmpp", "xmpp3", "idle", "out"), 'away "Idle" MAP-8');
  // another client's row, for the state is the same
  assert.equal(shown("ocs", "xmpp3", "busy", "out"), "busy MAP-2 ours");
  assert.equal(shown("sametime", "cupc", "xa", "out"), "away MAP-8 ours");
  // what their activity tokens say beyond MAP-1: as itself to who knows it
  assert.equal(shown("ocs", "xmpp3", "on-the-phone", "in"), 'away "On the phone" ours ours');
  assert.equal(shown("ocs", "cupc", "on-the-phone", "in"), "on-the-phone ours ours");
  // the nearest state, with the word of the state itself
  assert.equal(shown("ocs", "xmpp3", "xa", "in"), 'away "Extended away" MAP-1 ours');
  assert.equal(shown("ocs", "cupc", "in-a-meeting", "out"), 'busy "In a meeting" MAP-2 ours');
  assert.equal(shown("gtalk", "cupc", "busy", "out"), 'dnd "Busy" MAP-9 ours');
  assert.equal(shown("aol", "cupc", "brb", "out"), 'away "Be right back" MAP-9 ours');
  // inside one domain, what goes between domains where there is nothing else
  assert.equal(shown("webex", "cupc", "busy", "out", true), "idle MAP-7");
  // nothing to lose
  for (const state of availabilities) {
    assert.equal(shown("simple", "cupc", state, "out"), `${state} ours ours`);
    assert.equal(shown("xmpp", "xmpp3", state, "in"), `${state} ours ours`);
  }
});

test("offline is offline everywhere, and nothing else is shown as more available than it is", () => {
  for (const partner of ["ocs", "lync", "sametime", "webex", "aol", "gtalk", "jabber", "xmpp", "simple"] as const) {
    for (const client of ["xmpp3", "cupc", "jabber"] as const) {
      for (const look of [shownHere, shownThere]) {
        assert.equal(look(partner, client, "offline").availability, "offline");
        for (const state of availabilities) {
          const { availability, map } = look(partner, client, state);
          const more = availability === "available" && state !== "available";
          assert.ok(!more || (state === "in-a-meeting" && /MAP-[56]/.test(map)), `${partner} ${client} ${state}`);
        }
      }
    }
  }
});

test("going to the nearest state comes to an end", () => {
  for (const state of availabilities) {
    let steps = 0;
    for (let each: Availability | undefined = state; each !== undefined; each = nearest[each]) steps++;
    assert.ok(steps <= 3, state);
  }
});
