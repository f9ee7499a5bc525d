import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { unescaped } from "./uri.ts";
import { localOfUser, parameterOfText, userOfLocal } from "./user-part.ts";

function local(user: string): string {
  const found = localOfUser(user);
  assert.ok(found.ok, user);
  return found.value;
}

test("RFC 7247 §5, XEP-0106: user parts, localparts, and back", () => {
  const rows: readonly [user: string, local: string, written: string][] = [
    ["alice", "alice", "alice"],
    ["Alice", "alice", "alice"],
    ["o'malley", "o\\27malley", "o'malley"],
    ["m&m", "m\\26m", "m&m"],
    ["a/b", "a\\2fb", "a/b"],
    ["fü", "fü", "f%C3%BC"],
    ["o\\27malley", "o\\5c27malley", "o%5C27malley"],
    ["o\\5c27malley", "o\\5c5c27malley", "o%5C5c27malley"],
    ["o\\2Fm", "o\\5c2fm", "o%5C2fm"],
    ["a\\5cb", "a\\5cb", "a%5C5cb"],
    ["a\\b\\", "a\\b\\", "a%5Cb%5C"],
    ["a\\&", "a\\\\26", "a%5C&"],
    ["#%[\\]^`{|}", "#%[\\]^`{|}", "%23%25%5B%5C%5D%5E%60%7B%7C%7D"],
    ["a;b", "a;b", "a%3Bb"],
    ["+1-23.4(5)", "+1-23.4(5)", "+1-23.4(5)"],
  ];
  for (const [user, there, back] of rows) {
    assert.equal(local(user), there, user);
    assert.equal(userOfLocal(there), back, user);
  }
});

test("a fullwidth digit completes no escape", () => {
  assert.equal(local("o\\２７malley"), "o\\5c27malley");
  assert.notEqual(local("o\\２７malley"), local("o'malley"));
});

test("what no person can have", () => {
  for (const user of ["", "a b", "a\0b", "♚"]) assert.equal(localOfUser(user).ok, false, user);
});

const pieces = fc.array(fc.constantFrom("\\", "26", "27", "2f", "5c", "&", "'", "/", "a", ";", "%", "ü", "?"), {
  minLength: 1,
});

test("no two users become one person, and none is another after the way there and back", () => {
  fc.assert(
    fc.property(pieces, (list) => {
      const user = list.join("");
      assert.equal(unescaped(userOfLocal(local(user))), user);
    }),
  );
});

test("no two people become one user", () => {
  const letters = fc.array(fc.constantFrom("\\", "26", "27", "2f", "5c", "a", ";", "%", "ü", "?"), { minLength: 1 });
  fc.assert(
    fc.property(letters, (list) => {
      const there = list.join("");
      assert.equal(local(unescaped(userOfLocal(there)) ?? ""), there);
    }),
  );
});

test("any text in a parameter", () => {
  assert.equal(parameterOfText("phone"), "phone");
  assert.equal(parameterOfText("my phone;x=1?/[ü]"), "my%20phone%3Bx%3D1%3F/[%C3%BC]");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const written = parameterOfText(text);
      assert.match(written, /^[A-Za-z0-9\-_.!~*'()[\]/:&+$%]*$/);
      assert.equal(unescaped(written), text.toWellFormed());
    }),
  );
});
