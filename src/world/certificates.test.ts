import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { makeAuthority, makeServer } from "../../proofs/made-certificates.ts";
import { parseDomainName } from "../base/domain-name.ts";
import { trustStoreFrom } from "../pki/trust-store.ts";
import { changedFiles, loadIdentity, stampFiles, systemAuthorities } from "./certificates.ts";
import { filesIn } from "./development-certificates.ts";
import { keyPem } from "./issue-certificate.ts";

test("loads a certificate with its key, or says which file is wrong and why", async () => {
  const folder = await mkdtemp(join(tmpdir(), "comity-certs-"));
  try {
    const domain = parseDomainName("a.example");
    assert.ok(domain.ok);
    const [files] = filesIn(folder, [domain.value]);
    assert.ok(files);
    const middle = await makeAuthority("Middle", { issuer: await makeAuthority("Root") });
    const leaf = await makeServer("a.example", middle);
    const key = await keyPem(leaf.key);
    const otherKey = await keyPem(middle.key);
    const refused = async (pem: string | undefined, keyText: string | undefined) => {
      if (pem !== undefined) await writeFile(files.certificate, pem);
      if (keyText !== undefined) await writeFile(files.key, keyText, { mode: 0o600 });
      const loaded = await loadIdentity(files);
      return loaded.ok ? "" : `${loaded.fault.code} ${loaded.fault.detail}`;
    };
    assert.match(await refused(undefined, undefined), /^cert-unreadable .*a\.example\.pem: there is no such file/);
    assert.match(await refused("hello", undefined), /^cert-unreadable .*a\.example\.pem: no CERTIFICATE in the file/);
    assert.match(await refused(leaf.pem.slice(0, 99), undefined), /cut short/);
    assert.match(
      await refused(leaf.pem + middle.pem, undefined),
      /^cert-unreadable .*a\.example\.key: there is no such/,
    );
    assert.match(await refused(undefined, leaf.pem), /there is no private key in it/);
    assert.match(await refused(undefined, key.replace(/\n.{20}/, "\n")), /the key is damaged/);
    const secret = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    assert.match(await refused(undefined, secret), /passphrase; write it without one/);
    assert.match(await refused(undefined, otherKey), /^cert-key-mismatch .*is not the key of a\.example in/);
    assert.match(await refused(middle.pem + leaf.pem, key), /^cert-key-mismatch .*is not the key of Middle in/);
    assert.equal(await refused(leaf.pem + middle.pem, key), "");
    const loaded = await loadIdentity(files);
    assert.ok(loaded.ok);
    assert.deepEqual(
      loaded.value.chain.map(({ commonName }) => commonName),
      ["a.example", "Middle"],
    );
    assert.deepEqual(loaded.value.warnings, []);
    await chmod(files.key, 0o644);
    const exposed = await loadIdentity(files);
    assert.equal(exposed.ok ? exposed.value.warnings[0]?.code : "", "cert-key-exposed");

    const paths = [files.certificate, files.key, join(folder, "absent")];
    const before = await stampFiles(paths);
    await writeFile(files.certificate, leaf.pem + middle.pem);
    assert.deepEqual(changedFiles(before, await stampFiles(paths)), []);
    await writeFile(files.certificate, leaf.pem);
    await writeFile(join(folder, "absent"), "");
    await rm(files.key);
    assert.deepEqual(changedFiles(before, await stampFiles(paths)), paths);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the system's authorities make a store, each once", () => {
  const { store, faults } = trustStoreFrom([systemAuthorities()]);
  assert.ok(store.certificates.length > 50);
  assert.deepEqual(faults, []);
  assert.equal(new Set(store.certificates.map(({ fingerprint256 }) => fingerprint256)).size, store.certificates.length);
});
