import assert from "node:assert/strict";
import test from "node:test";
import { bitsFrom, booleanFrom, countFrom, inside, oidFrom, readDer, textFrom, timeFrom } from "./der.ts";
import { writeDer, writeOid } from "./der-writer.ts";

function der(hex: string) {
  return readDer(Buffer.from(hex, "hex"));
}

const notDer: readonly [string, string][] = [
  ["nothing", ""],
  ["half a header", "30"],
  ["contents cut short", "300205"],
  ["something after the end", "30000000"],
  ["an indefinite length", "30800000"],
  ["a long form where the short one does", "30810100"],
  ["a length with a zero in front", `30820080${"00".repeat(128)}`],
  ["a length of five bytes", "308500000000010000"],
  ["a length beyond the end", "3084ffffffff"],
  ["a tag of several bytes", "1f8101 00".replace(" ", "")],
];

for (const [what, hex] of notDer) test(`not DER: ${what}`, () => assert.equal(der(hex), undefined));

test("lengths of every size are read as they are written", () => {
  for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
    const bytes = writeDer(0x04, new Uint8Array(length));
    assert.equal(readDer(bytes)?.value.byteLength, length);
  }
});

test("nesting ends at 16 levels", () => {
  let bytes = writeDer(0x30);
  for (let depth = 0; depth < 40; depth++) bytes = writeDer(0x30, bytes);
  let levels = 0;
  for (let each = inside(readDer(bytes))?.[0]; each !== undefined; each = inside(each)?.[0]) levels++;
  assert.equal(levels, 16);
});

test("object identifiers", () => {
  for (const oid of [
    "1.3.6.1.5.5.7.8.7",
    "2.5.29.17",
    "0.9.2342.19200300.100.1.25",
    "2.999.3",
    "1.2.840.113549.1.1.11",
  ]) {
    assert.equal(oidFrom(readDer(writeOid(oid))), oid);
  }
  for (const hex of ["0600", "06022a80", "06032a8001", "060a2affffffffffffffff7f", "05002a"]) {
    assert.equal(oidFrom(der(hex)), undefined, hex);
  }
});

test("booleans, counts and bits", () => {
  assert.deepEqual(
    ["0101ff", "010100", "010101", "0100", "0201ff"].map((hex) => booleanFrom(der(hex))),
    [true, false, undefined, undefined, undefined],
  );
  assert.deepEqual(
    ["020100", "02017f", "02020080", "02020001", "0201ff", "0200"].map((hex) => countFrom(der(hex))),
    [0, 127, 128, undefined, undefined, undefined],
  );
  assert.deepEqual(bitsFrom(der("030205a0")), [true, false, true, false, false, false, false, false]);
  assert.deepEqual(
    ["0300", "030101", "03020880"].map((hex) => bitsFrom(der(hex))),
    [undefined, undefined, undefined],
  );
});

const times: readonly [string, number, string | undefined][] = [
  ["491231235959Z", 0x17, "2049-12-31T23:59:59.000Z"],
  ["500101000000Z", 0x17, "1950-01-01T00:00:00.000Z"],
  ["20500101000000Z", 0x18, "2050-01-01T00:00:00.000Z"],
  ["99991231235959Z", 0x18, "9999-12-31T23:59:59.000Z"],
  ["240229120000Z", 0x17, "2024-02-29T12:00:00.000Z"],
  ["250229120000Z", 0x17, undefined],
  ["251301120000Z", 0x17, undefined],
  ["250101240000Z", 0x17, undefined],
  ["2501011200Z", 0x17, undefined],
  ["250101120000+0100", 0x17, undefined],
  ["20250101120000.5Z", 0x18, undefined],
  ["250101120000Z", 0x18, undefined],
];

for (const [text, tag, iso] of times) {
  test(`time ${text} as ${tag.toString(16)}`, () => {
    const ms = timeFrom(readDer(writeDer(tag, Buffer.from(text))));
    assert.equal(ms === undefined ? undefined : new Date(ms).toISOString(), iso);
  });
}

test("character strings", () => {
  const text = (tag: number, hex: string) => {
    const read = readDer(writeDer(tag, Buffer.from(hex, "hex")));
    return read && textFrom(read);
  };
  assert.equal(text(0x0c, "c3bc"), "ü");
  assert.equal(text(0x0c, "fc"), "ü");
  assert.equal(text(0x13, "41"), "A");
  assert.equal(text(0x1e, "00410042"), "AB");
  assert.equal(text(0x1e, "004100"), undefined);
  assert.equal(text(0x02, "41"), undefined);
});
