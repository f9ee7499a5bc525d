import assert from "node:assert/strict";
import test from "node:test";
import { readDer } from "./der.ts";
import { writeDer, writeOid } from "./der-writer.ts";
import { noNames } from "./general-names.ts";
import { forbiddenName, type Named, readNameConstraints } from "./name-constraints.ts";

/** nameConstraints from the bases permitted and excluded, each a GeneralName. */
function constraints(permitted: readonly Uint8Array[], excluded: readonly Uint8Array[] = []) {
  const subtrees = (tag: number, bases: readonly Uint8Array[]) =>
    bases.length === 0 ? [] : [writeDer(tag, ...bases.map((base) => writeDer(0x30, base)))];
  const der = readDer(writeDer(0x30, ...subtrees(0xa0, permitted), ...subtrees(0xa1, excluded)));
  const read = der && readNameConstraints(der);
  assert.ok(read);
  return read;
}

const dns = (text: string) => writeDer(0x82, Buffer.from(text));
const ip = (...bytes: readonly number[]) => writeDer(0x87, Uint8Array.from(bytes));
const email = (text: string) => writeDer(0x81, Buffer.from(text));
const organisation = (text: string) =>
  writeDer(
    0xa4,
    writeDer(0x30, writeDer(0x31, writeDer(0x30, writeOid("2.5.4.10"), writeDer(0x0c, Buffer.from(text))))),
  );

function named(some: Partial<Named["names"]>, rest: Partial<Named> = {}): Named {
  return { names: { ...noNames, ...some }, subjectKey: "", commonName: undefined, ...rest };
}

const six = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const ours = '2.5.4.10="ours"\n2.5.4.3="a"';

const rows: readonly [string, ReturnType<typeof constraints>, Named, string | undefined][] = [
  ["an address within", constraints([ip(10, 0, 0, 0, 255, 0, 0, 0)]), named({ ip: ["10.1.2.3"] }), undefined],
  ["an address without", constraints([ip(10, 0, 0, 0, 255, 0, 0, 0)]), named({ ip: ["11.1.2.3"] }), "11.1.2.3"],
  ["an address excluded", constraints([], [ip(0, 0, 0, 0, 0, 0, 0, 0)]), named({ ip: ["11.1.2.3"] }), "11.1.2.3"],
  [
    "IPv6 within",
    constraints([ip(...six, 255, 255, 255, 255, ...Array<number>(12).fill(0))]),
    named({ ip: ["2001:db8:0:0:0:0:0:1"] }),
    undefined,
  ],
  [
    "IPv6 without",
    constraints([ip(...six, 255, 255, 255, 255, ...Array<number>(12).fill(0))]),
    named({ ip: ["2001:db9:0:0:0:0:0:1"] }),
    "2001:db9:0:0:0:0:0:1",
  ],
  ["other forms go free", constraints([ip(10, 0, 0, 0, 255, 0, 0, 0)]), named({ dns: ["a.example"] }), undefined],
  ["a subject within", constraints([organisation("OURS")]), named({}, { subjectKey: ours }), undefined],
  ["a subject without", constraints([organisation("our")]), named({}, { subjectKey: ours }), "its subject"],
  ["a form nobody judges", constraints([email("a.example")]), named({ email: ["me@b.example"] }), "email"],
  ["that form, unused", constraints([email("a.example")]), named({ dns: ["a.example"] }), undefined],
  ["a leading dot, below", constraints([dns(".a.example")]), named({ dns: ["b.a.example"] }), undefined],
  ["a leading dot, itself", constraints([dns(".a.example")]), named({ dns: ["a.example"] }), "a.example"],
  ["everything excluded", constraints([], [dns("")]), named({ dns: ["a.example"] }), "a.example"],
  [
    "an excluded domain in Unicode",
    constraints([], [dns("xn--bcher-kva.example")]),
    named({ xmppAddr: ["bücher.example"] }),
    "xn--bcher-kva.example",
  ],
  ["a common name for a domain", constraints([dns("a.example")]), named({}, { commonName: "b.example" }), "b.example"],
  [
    "a common name beside one",
    constraints([dns("a.example")]),
    named({ dns: ["a.example"] }, { commonName: "b.c" }),
    undefined,
  ],
  ["a common name that is none", constraints([dns("a.example")]), named({}, { commonName: "Our CA" }), undefined],
];

for (const [what, held, certificate, wrong] of rows) {
  test(`name constraints: ${what}`, () => assert.equal(forbiddenName(held, certificate), wrong));
}
