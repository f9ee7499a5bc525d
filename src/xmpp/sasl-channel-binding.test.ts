import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { bindingTypes, channelBinding, endPointHash, unbound } from "./sasl-channel-binding.ts";

/** Certificates made by OpenSSL: ECDSA with SHA-512, RSASSA-PSS with SHA-384, Ed25519. */
const ecdsa =
  "MIIBFDCBuwIUZrq8cIeO7rnkWeVd3wbRELHMbKUwCgYIKoZIzj0EAwQwDDEKMAgGA1UEAwwBYTAgFw0yNjExMjQwMjAwNTdaGA8yMDU0MDQxMD" +
  "AyMDA1N1owDDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKB7VwIPZ8TYOX9br3z06Twv4TJCwzwbsf/Z6NpQSCrqdz0k" +
  "19nO4ZVdPVouE2nMw6J+Le0zjqlkia/CQf9pwN0wCgYIKoZIzj0EAwQDSAAwRQIgErQkx4HdV0qoji/V0VDBxgLiMg2ys7OUbeYu13SBn+YCIQ" +
  "Dm+L+oSwEqN2kL9R6aOw/HUFAUac+TQ86nyPV9SSjs3A==";
const pss =
  "MIICXjCCAZOgAwIBAgIUVX2aqKW/9v//Ys4ze1qvSjcgCSAwQQYJKoZIhvcNAQEKMDSgDzANBglghkgBZQMEAgIFAKEcMBoGCSqGSIb3DQEBCD" +
  "ANBglghkgBZQMEAgIFAKIDAgEgMAwxCjAIBgNVBAMMAWEwIBcNMjYxMTI0MDIwMDU3WhgPMjA1NDA0MTAwMjAwNTdaMAwxCjAIBgNVBAMMAWEw" +
  "gZ8wDQYJKoZIhvcNAQEBBQADgY0AMIGJAoGBAOIUSqGLl2YjVZK1deQ4pNF7w7rRjBRe6LDssgWo2k7bn1+glGojRZPx0H2saW1BnXyPB4DGnU" +
  "3dIS66xo4/i8TS++mdT+omXM2PshbYLZ6ull0exZudjUizpQZ2HDXiADz+DsQ65+lTNUBCh0plY425BkT01VuUiC/9uBKm33SBAgMBAAGjUzBR" +
  "MB0GA1UdDgQWBBTciMFmeEBy1D7ngI3UsUCvTsGpYzAfBgNVHSMEGDAWgBTciMFmeEBy1D7ngI3UsUCvTsGpYzAPBgNVHRMBAf8EBTADAQH/ME" +
  "EGCSqGSIb3DQEBCjA0oA8wDQYJYIZIAWUDBAICBQChHDAaBgkqhkiG9w0BAQgwDQYJYIZIAWUDBAICBQCiAwIBIAOBgQCBu9rLll6oH/+wMDm/" +
  "OaU5vkWzE40JGancCaD2Xh7YtsWVm6WMdQxd7WUhM1jPskotJGU8ehUzctEafulekoBYTd+pv8x330oBgg3TOJTQJ0OZvDcPHlAUIfj2b4EuV3" +
  "yN7eXnTfe7kO9PXSmtdYKzMZAW+4ZdrNC7ElfK9SQA8w==";
const ed25519 =
  "MIIBLjCB4aADAgECAhRsUiRb45OHGtg0zTLjRRcXm/Q1vDAFBgMrZXAwDDEKMAgGA1UEAwwBYTAgFw0yNjExMjQwMjAwNTdaGA8yMDU0MDQxMD" +
  "AyMDA1N1owDDEKMAgGA1UEAwwBYTAqMAUGAytlcAMhAM5w8FicLMsFo1IY+uLBbQyq5CDAOysPs7hNdxobzoK+o1MwUTAdBgNVHQ4EFgQURUyI" +
  "ZAHQ7UanoJ9P7bQnFCGoQREwHwYDVR0jBBgwFoAURUyIZAHQ7UanoJ9P7bQnFCGoQREwDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXADQQDCRkRDvq" +
  "KvkYuvahYCfXj/WhL4aaQCdzRxAmuhpwKFBNW1FkGCTwFi6wxbjfhgeNdh53vx+ZgGRayEtVln5ioK";

/** What `openssl dgst` says of the first two. */
const ecdsaHash =
  "3e3233b0b341c696118d44381bc85cd2e68a6db5da0273ad1b3c614929ba3083fd8125adefc0e3da7eb4c6646e9ee646fcda301cbbfb95" +
  "8f1a6ff6972b1173d1";
const pssHash = "2af135e55791b192d874a7e4e81ba7b709fdc5d2114e9f48a72e00bd361a35b59043bb37c143a7b4ea23c929662fdfb5";

const der = (text: string) => Buffer.from(text, "base64");
const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString("hex");

test("tls-server-end-point is the certificate's hash, by the hash it is signed with (RFC 5929 §4.1)", () => {
  assert.equal(hex(endPointHash(der(ecdsa))), ecdsaHash);
  assert.equal(hex(endPointHash(der(pss))), pssHash);
  assert.equal(endPointHash(der(ed25519)), undefined);
});

/** The outline of a certificate: an empty body, an algorithm, no signature. */
function outline(oid: string): Buffer {
  const algorithm = Buffer.from(oid, "hex");
  const inside = Buffer.concat([Buffer.from([0x30, 0, 0x30, algorithm.length + 2, 6, algorithm.length]), algorithm]);
  return Buffer.concat([Buffer.from([0x30, inside.length]), inside]);
}

test("MD5 and SHA-1 are replaced by SHA-256, what is unknown or broken has no value", () => {
  const rows: readonly (readonly [oid: string, hash: string | undefined])[] = [
    ["2a864886f70d010104", "sha256"],
    ["2a864886f70d010105", "sha256"],
    ["2a864886f70d01010b", "sha256"],
    ["2a864886f70d01010c", "sha384"],
    ["2a8648ce3d0401", "sha256"],
    ["2a864886f70d01010a", "sha256"], // RSASSA-PSS without parameters is with SHA-1
    ["2a0304", undefined],
  ];
  for (const [oid, hash] of rows) {
    const certificate = outline(oid);
    const expected = hash === undefined ? undefined : createHash(hash).update(certificate).digest("hex");
    assert.equal(hex(endPointHash(certificate)), expected, oid);
  }
  for (const broken of ["", "30", "3080", "30843000", "3003300130", "ffff"]) {
    assert.equal(endPointHash(Buffer.from(broken, "hex")), undefined, broken);
  }
});

test("the strongest type stands first", () => {
  const exporter = Buffer.alloc(32);
  assert.deepEqual(bindingTypes(channelBinding(exporter, der(ecdsa))), ["tls-exporter", "tls-server-end-point"]);
  assert.deepEqual(bindingTypes(channelBinding(undefined, der(ecdsa))), ["tls-server-end-point"]);
  assert.deepEqual(bindingTypes(channelBinding(exporter, der(ed25519))), ["tls-exporter"]);
  assert.deepEqual(channelBinding(undefined, undefined), unbound);
});
