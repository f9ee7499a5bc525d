import assert from "node:assert/strict";
import { test } from "node:test";
import { type Parameter, parameter, parametersText, readParameters } from "./parameters.ts";

const list: readonly Parameter[] = [
  ["tag", "a48s"],
  ["lr", undefined],
  ["x", ""],
  ["tag", "second"],
];

test("the first of a name counts; without value it is the empty text", () => {
  assert.equal(parameter(list, "tag"), "a48s");
  assert.equal(parameter(list, "lr"), "");
  assert.equal(parameter(list, "x"), "");
  assert.equal(parameter(list, "y"), undefined);
});

test("what is read is written again", () => {
  for (const text of [
    ";a=b;c",
    ';a="b c";d="";e="\\"\\\\"',
    ";received=2001:db8::9:255;x=[2001:db8::1]",
    ';+sip.instance="<urn:uuid:0>";reg-id=1',
  ]) {
    const read = readParameters(text, 0);
    assert.ok(read.ok, text);
    assert.equal(parametersText(read.value), text);
  }
  assert.equal(parametersText([["a", "b\r\nX: y"]]), ';a="b  X: y"');
});

test("white space stands anywhere, names lose their case, values keep theirs", () => {
  const read = readParameters('  ; A = B\t;c ;  D="E f"  ', 0);
  assert.deepEqual(read.ok && read.value, [
    ["a", "B"],
    ["c", undefined],
    ["d", "E f"],
  ]);
  assert.deepEqual(readParameters("x", 1), { ok: true, value: [] });
});

test("values beyond token and host, as partners write them", () => {
  const read = readParameters(";ms-opaque=a+/=@b?c;charset=utf-8;msgr=WAAtAE0A", 0);
  assert.deepEqual(read.ok && read.value[0], ["ms-opaque", "a+/=@b?c"]);
});

test("what are no parameters", () => {
  for (const text of [
    ";",
    "x",
    ";=a",
    ";a=",
    ";a;;b",
    ';a="',
    ';a="b"c',
    ";a=b c",
    ";a=b,c",
    ";ä=b",
    ";a=<b>",
    ";a b",
  ]) {
    const read = readParameters(text, 0);
    assert.equal(read.ok || read.fault.code, "sip-malformed", text);
  }
});
