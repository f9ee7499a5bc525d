import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { createSecureContext } from "node:tls";
import { type DomainName, parseDomainName } from "../base/domain-name.ts";
import { readCertificates } from "../pki/certificate.ts";
import { provesDomain } from "../pki/identity.ts";
import { trustStore } from "../pki/trust-store.ts";
import { judgeRead } from "../pki/verdict.ts";
import { ensureDevelopmentCertificates, filesIn } from "./development-certificates.ts";

const now = Date.UTC(2026, 5, 15, 12);
const day = 86_400_000;

function domains(...texts: readonly string[]): readonly DomainName[] {
  return texts.map((text) => {
    const parsed = parseDomainName(text);
    assert.ok(parsed.ok);
    return parsed.value;
  });
}

async function inFolder(then: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "comity-certs-"));
  try {
    await then(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function ensure(folder: string, names: readonly DomainName[], at = now) {
  const result = await ensureDevelopmentCertificates(folder, filesIn(folder, names), at);
  assert.ok(result.ok, result.ok ? "" : result.fault.detail);
  return result.value;
}

async function certificate(file: string) {
  const read = readCertificates(await readFile(file, "utf8"));
  assert.ok(read.ok);
  const [first] = read.value;
  assert.ok(first);
  return first;
}

test("makes a CA and trusted certificates with the names of each domain, once", () =>
  inFolder(async (folder) => {
    const names = domains("ours.example", "branch.ours.example", "bücher.example");
    const first = await ensure(join(folder, "certs"), names);
    assert.deepEqual([first.made, first.kept, first.foreign], [names, [], []]);
    const trust = trustStore([await certificate(first.authorityFile)]);
    for (const { domain, certificate: file, key } of filesIn(join(folder, "certs"), names)) {
      const leaf = await certificate(file);
      assert.deepEqual(judgeRead(leaf, [], trust, now).faults, []);
      assert.equal(provesDomain(leaf, domain, "xmpp-server") && provesDomain(leaf, domain, "xmpp-client"), true);
      assert.equal(leaf.notAfter, now + 397 * day);
      assert.equal((await stat(key)).mode & 0o777, 0o600);
      assert.equal((await stat(file)).mode & 0o777, 0o644);
      // What the TLS layer takes: the first line of the files does not disturb it.
      createSecureContext({ cert: await readFile(file), key: await readFile(key) });
    }
    assert.equal((await stat(join(folder, "certs/ca.key"))).mode & 0o777, 0o600);
    const second = await ensure(join(folder, "certs"), names, now + 300 * day);
    assert.deepEqual([second.made, second.kept], [[], names]);
    assert.equal((await readdir(join(folder, "certs"))).length, 8);
  }));

test("makes again what is about to end, does not fit, or is damaged, and no more", () =>
  inFolder(async (folder) => {
    const names = domains("a.example", "b.example", "c.example");
    await ensure(folder, names);
    const authority = await readFile(join(folder, "ca.pem"), "utf8");
    await rm(join(folder, "a.example.key"));
    const b = await readFile(join(folder, "b.example.pem"), "utf8");
    await writeFile(join(folder, "b.example.pem"), b.slice(0, 300));
    assert.deepEqual((await ensure(folder, names)).made, domains("a.example", "b.example"));
    await writeFile(join(folder, "c.example.key"), await readFile(join(folder, "a.example.key")));
    assert.deepEqual((await ensure(folder, names)).made, domains("c.example"));
    await writeFile(join(folder, "a.example.pem"), await readFile(join(folder, "b.example.pem")));
    await writeFile(join(folder, "a.example.key"), await readFile(join(folder, "b.example.key")));
    assert.deepEqual((await ensure(folder, names)).made, domains("a.example"));
    assert.deepEqual((await ensure(folder, names, now + 368 * day)).made, names);
    assert.equal(await readFile(join(folder, "ca.pem"), "utf8"), authority);
    // A new CA signs everything anew.
    await rm(join(folder, "ca.key"));
    assert.deepEqual((await ensure(folder, names, now + 370 * day)).made, names);
    assert.notEqual(await readFile(join(folder, "ca.pem"), "utf8"), authority);
  }));

test("never writes to a file it did not make", () =>
  inFolder(async (folder) => {
    const names = domains("a.example", "b.example");
    await writeFile(join(folder, "a.example.key"), "mine");
    const result = await ensure(folder, names);
    assert.deepEqual([result.made, result.foreign], [domains("b.example"), domains("a.example")]);
    assert.equal(await readFile(join(folder, "a.example.key"), "utf8"), "mine");
    assert.equal((await readdir(folder)).includes("a.example.pem"), false);
    await writeFile(join(folder, "ca.pem"), "mine too");
    const refused = await ensureDevelopmentCertificates(folder, filesIn(folder, domains("c.example")), now);
    assert.equal(refused.ok, false);
    assert.equal(await readFile(join(folder, "ca.pem"), "utf8"), "mine too");
    const nothing = await ensure(folder, domains("a.example"));
    assert.deepEqual(nothing.foreign, domains("a.example"));
  }));

test("a folder that cannot be made is a fault", () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, "file"), "");
    const inFile = join(folder, "file", "certs");
    const result = await ensureDevelopmentCertificates(inFile, filesIn(inFile, domains("a.example")), now);
    assert.equal(result.ok ? "" : result.fault.code, "cert-unreadable");
  }));
