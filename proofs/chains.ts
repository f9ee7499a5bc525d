import type { FaultCode } from "../src/base/fault.ts";
import type { Certificate } from "../src/pki/certificate.ts";
import { writeDer } from "../src/pki/der-writer.ts";
import type { ExtensionToWrite } from "../src/pki/write-extensions.ts";
import { type CertificateOrder, type Issued, makeKeys } from "../src/world/issue-certificate.ts";
import { day, dnsConstraints, make, makeAuthority, makeServer, noon } from "./made-certificates.ts";

/** One chain to judge, and what must come out. */
export type ChainCase = {
  readonly what: string;
  readonly chain: readonly Certificate[];
  readonly trust: readonly Certificate[];
  readonly atMs?: number;
  /** The faults in order; none: trusted. */
  readonly faults: readonly FaultCode[];
  /** Words the first fault's detail must have. */
  readonly says?: RegExp;
  /** Why `openssl verify` is not expected to come to the same answer. */
  readonly unlikeOpenssl?: string;
};

const unknownCritical: ExtensionToWrite = { oid: "1.3.6.1.4.1.99999.1", critical: true, value: writeDer(0x05) };
const onlyKeyCertSign: ExtensionToWrite = { oid: "2.5.29.15", critical: true, value: Buffer.from("03020106", "hex") };
const noKeyCertSign: ExtensionToWrite = { oid: "2.5.29.15", critical: true, value: Buffer.from("03020780", "hex") };

/** Every kind of chain, good and bad. */
export async function chainCases(): Promise<readonly ChainCase[]> {
  const root = await makeAuthority("Root");
  const middle = await makeAuthority("Middle", { issuer: root });
  const lower = await makeAuthority("Lower", { issuer: middle });
  const leaf = await makeServer("a.example", lower);
  const direct = await makeServer("a.example", root);
  const stranger = await makeAuthority("Stranger");
  const chain = (...issued: readonly Issued[]) => issued.map(({ certificate }) => certificate);
  const full = chain(leaf, lower, middle);
  const trust = chain(root);
  return [
    { what: "a leaf under a root", chain: chain(direct), trust, faults: [] },
    { what: "a whole chain", chain: full, trust, faults: [] },
    { what: "with the root", chain: chain(leaf, lower, middle, root), trust, faults: [] },
    { what: "in odd order, one twice", chain: chain(leaf, middle, lower, middle), trust, faults: [] },
    { what: "with a stranger in between", chain: chain(leaf, stranger, lower, middle), trust, faults: [] },
    {
      what: "an intermediate is trusted, its root is not",
      chain: chain(leaf, lower),
      trust: chain(middle),
      faults: [],
      unlikeOpenssl: "it wants a root, or -partial_chain",
    },
    {
      what: "an intermediate is missing",
      chain: chain(leaf, lower),
      trust,
      faults: ["cert-unknown-ca"],
      says: /Lower was issued by CN=Middle, neither sent nor trusted/,
    },
    { what: "the leaf alone", chain: chain(leaf), trust, faults: ["cert-unknown-ca"], says: /it came alone/ },
    {
      what: "a root nobody knows",
      chain: chain(leaf, lower, middle, root),
      trust: chain(stranger),
      faults: ["cert-unknown-ca"],
      says: /ends at Root, which is not trusted/,
    },
    ...(await dates(root, lower, middle)),
    ...(await selfSigned(root)),
    ...(await crossSigned()),
    ...(await authorities(root, middle)),
    ...(await constraints(root)),
    ...(await purposesAndStrength(root)),
  ];
}

async function dates(root: Issued, lower: Issued, middle: Issued): Promise<readonly ChainCase[]> {
  const leaf = await makeServer("a.example", root, { notBefore: noon - 10 * day, notAfter: noon + 10 * day });
  const old = await makeAuthority("Old", { issuer: root, notAfter: noon - 3 * day });
  const below = await makeServer("a.example", old);
  const shortRoot = await makeAuthority("Short Root", { notAfter: noon - day });
  const underShort = await makeServer("a.example", shortRoot);
  const deep = await makeServer("a.example", lower, { notAfter: noon - 40 * day });
  const one = [leaf.certificate];
  const trust = [root.certificate];
  return [
    {
      what: "at its last second",
      chain: one,
      trust,
      atMs: leaf.certificate.notAfter,
      faults: [],
      unlikeOpenssl: "it ends a second early (RFC 5280 §4.1.2.5: both ends are part of the time)",
    },
    {
      what: "expired long ago",
      chain: one,
      trust,
      atMs: noon + 13 * day,
      faults: ["cert-expired"],
      says: /^a\.example ended 2026-06-25T12:00Z, 3 days ago$/,
    },
    {
      what: "expired an hour ago",
      chain: one,
      trust,
      atMs: noon + 10 * day + 3_600_000,
      faults: ["cert-expired"],
      says: /60 minutes ago; so little may be a clock/,
    },
    {
      what: "not valid yet, by minutes",
      chain: one,
      trust,
      atMs: noon - 10 * day - 300_000,
      faults: ["cert-not-yet-valid"],
      says: /in 5 minutes; so little may be a clock/,
    },
    {
      what: "not valid for a month",
      chain: one,
      trust,
      atMs: noon - 40 * day,
      faults: ["cert-not-yet-valid"],
      says: /in 30 days$/,
    },
    {
      what: "an expired intermediate",
      chain: [below.certificate, old.certificate],
      trust,
      faults: ["cert-expired"],
      says: /^Old ended/,
    },
    {
      what: "an expired root",
      chain: [underShort.certificate],
      trust: [shortRoot.certificate],
      faults: ["cert-expired"],
      says: /^Short Root ended/,
    },
    {
      what: "expired and of unknown origin",
      chain: [deep.certificate, lower.certificate, middle.certificate],
      trust: [],
      faults: ["cert-unknown-ca", "cert-expired"],
    },
  ];
}

async function selfSigned(root: Issued): Promise<readonly ChainCase[]> {
  const own = await make("a.example", { names: { dns: ["a.example"] } });
  const again = await make("a.example", { names: { dns: ["a.example"] } });
  const one = [own.certificate];
  return [
    { what: "self-signed", chain: one, trust: [root.certificate], faults: ["cert-self-signed"] },
    { what: "self-signed and pinned", chain: one, trust: one, faults: [] },
    {
      what: "self-signed, another of that name is pinned",
      chain: one,
      trust: [again.certificate],
      faults: ["cert-bad-signature"],
    },
    {
      what: "self-signed, pinned, expired",
      chain: one,
      trust: one,
      atMs: noon + 101 * day,
      faults: ["cert-expired"],
    },
    {
      what: "signed by a pinned server",
      chain: [(await makeServer("b.example", own)).certificate],
      trust: one,
      faults: ["cert-bad-chain"],
      says: /a\.example is not an authority/,
    },
  ];
}

async function crossSigned(): Promise<readonly ChainCase[]> {
  const keys = await makeKeys();
  const fresh = await makeAuthority("New Root", { keys });
  const oldRoot = await makeAuthority("Old Root", { notAfter: noon - 2 * day });
  const otherRoot = await makeAuthority("Other Root");
  const crossOld = await makeAuthority("New Root", { keys, issuer: oldRoot, notAfter: noon - day });
  const crossOther = await makeAuthority("New Root", { keys, issuer: otherRoot });
  const crossStranger = await makeAuthority("New Root", {
    keys,
    issuer: await makeAuthority("Stranger"),
    notAfter: noon + 200 * day,
  });
  const middle = await makeAuthority("Issuing", { issuer: fresh });
  const leaf = await makeServer("a.example", middle);
  const sent = [leaf.certificate, middle.certificate, crossOld.certificate];
  return [
    {
      what: "an expired cross-signature beside a good root",
      chain: sent,
      trust: [oldRoot.certificate, fresh.certificate],
      faults: [],
    },
    {
      what: "the good way is sent, the store has only the other root",
      chain: [...sent, crossOther.certificate],
      trust: [otherRoot.certificate],
      faults: [],
    },
    {
      what: "a cross-signature that leads nowhere comes first",
      chain: [leaf.certificate, middle.certificate, crossStranger.certificate, crossOther.certificate],
      trust: [otherRoot.certificate],
      faults: [],
      unlikeOpenssl: "it does not turn back from a certificate that was sent",
    },
    {
      what: "only the expired cross-signature",
      chain: sent,
      trust: [oldRoot.certificate],
      faults: ["cert-expired", "cert-expired"],
    },
  ];
}

async function authorities(root: Issued, middle: Issued): Promise<readonly ChainCase[]> {
  const trust = [root.certificate];
  const server = await makeServer("a.example", root);
  const underServer = await makeServer("b.example", server);
  const mute = await makeAuthority("Mute", { issuer: root, extensions: [noKeyCertSign] });
  const underMute = await makeServer("a.example", mute);
  const strict = await makeAuthority("Strict", { issuer: root, authority: { pathLen: 0 } });
  const tooDeep = await makeAuthority("Too Deep", { issuer: strict });
  const underStrict = await makeServer("a.example", strict);
  const underTooDeep = await makeServer("a.example", tooDeep);
  const odd = await makeServer("a.example", root, { extensions: [unknownCritical] });
  const poisoned = await makeServer("a.example", root, {
    extensions: [{ oid: "1.3.6.1.4.1.99999.2", critical: false, value: writeDer(0x05) }],
  });
  const impostor = await makeAuthority("Middle");
  const forged = await makeServer("a.example", impostor);
  return [
    {
      what: "issued by a server",
      chain: [underServer.certificate, server.certificate],
      trust,
      faults: ["cert-bad-chain"],
      says: /a\.example is not an authority/,
    },
    {
      what: "issued with a key that may not sign certificates",
      chain: [underMute.certificate, mute.certificate],
      trust,
      faults: ["cert-bad-chain"],
      says: /Mute may not sign/,
    },
    { what: "pathLen 0, nothing below", chain: [underStrict.certificate, strict.certificate], trust, faults: [] },
    {
      what: "pathLen 0, one below",
      chain: [underTooDeep.certificate, tooDeep.certificate, strict.certificate],
      trust,
      faults: ["cert-bad-chain"],
      says: /Strict allows 0 authorities below it, and there are 1/,
    },
    { what: "an unknown critical extension", chain: [odd.certificate], trust, faults: ["cert-bad-chain"] },
    { what: "an unknown extension", chain: [poisoned.certificate], trust, faults: [] },
    {
      what: "signed by another key of the issuer's name",
      chain: [forged.certificate, middle.certificate],
      trust,
      faults: ["cert-bad-signature"],
      says: /a\.example was not signed by the key of Middle/,
    },
  ];
}

async function constraints(root: Issued): Promise<readonly ChainCase[]> {
  const trust = [root.certificate];
  const only = await makeAuthority("Only A", { issuer: root, extensions: [dnsConstraints(["a.example"])] });
  const except = await makeAuthority("Not B", { issuer: root, extensions: [dnsConstraints([], ["b.example"])] });
  const rows: readonly [string, Issued, CertificateOrder["names"], boolean, string?][] = [
    ["permitted", only, { dns: ["a.example", "x.y.a.example"] }, true],
    ["a wildcard below a permitted name", only, { dns: ["*.a.example"] }, true],
    ["not permitted", only, { dns: ["a.example", "b.example"] }, false],
    ["only looks permitted", only, { dns: ["nota.example"] }, false],
    ["a wildcard wider than what is permitted", only, { dns: ["*.example"] }, false],
    [
      "an SRVName beside what is permitted",
      only,
      { dns: ["a.example"], srv: ["_xmpp-server.b.example"] },
      false,
      "SRVName goes unconstrained there",
    ],
    [
      "an XmppAddr beside what is permitted",
      only,
      { dns: ["a.example"], xmppAddr: ["b.example"] },
      false,
      "XmppAddr goes unconstrained there",
    ],
    ["not excluded", except, { dns: ["a.example"] }, true],
    ["excluded", except, { dns: ["c.B.example"] }, false],
    [
      "a wildcard that may be an excluded name",
      except,
      { dns: ["*.example"] },
      false,
      "a wildcard is compared as it is written there",
    ],
  ];
  return Promise.all(
    rows.map(async ([what, issuer, names, good, unlike]): Promise<ChainCase> => {
      const leaf = await make("Leaf", { issuer, ...(names === undefined ? {} : { names }) });
      return {
        what: `name constraints: ${what}`,
        chain: [leaf.certificate, issuer.certificate],
        trust,
        faults: good ? [] : ["cert-bad-chain"],
        ...(unlike === undefined ? {} : { unlikeOpenssl: unlike }),
      };
    }),
  );
}

async function purposesAndStrength(root: Issued): Promise<readonly ChainCase[]> {
  const trust = [root.certificate];
  const server = "1.3.6.1.5.5.7.3.1";
  const mail = "1.3.6.1.5.5.7.3.4";
  const serverOnly = await makeServer("a.example", root, { purposes: [server] });
  const clientOnly = await makeServer("a.example", root, { purposes: ["1.3.6.1.5.5.7.3.2"] });
  const none = await makeServer("a.example", root, { purposes: [] });
  const mailOnly = await makeServer("a.example", root, { purposes: [mail] });
  const signer = await makeServer("a.example", root, { extensions: [onlyKeyCertSign] });
  const mailAuthority = await makeAuthority("Mail", { issuer: root, purposes: [mail] });
  const underMail = await makeServer("a.example", mailAuthority);
  const rsaRoot = await makeAuthority("RSA Root", { keyKind: "RSA-2048", hash: "SHA-1" });
  const underSha1Root = await makeServer("a.example", rsaRoot, { hash: "SHA-1" });
  const sha256Keys = await makeKeys("RSA-2048");
  const goodRoot = await makeAuthority("RSA Root 2", { keys: sha256Keys });
  const shortKey = await makeServer("a.example", goodRoot, { keyKind: "RSA-1024" });
  const rsaLeaf = await makeServer("a.example", goodRoot, { keyKind: "RSA-2048" });
  return [
    { what: "for servers only (C1)", chain: [serverOnly.certificate], trust, faults: [] },
    { what: "for clients only", chain: [clientOnly.certificate], trust, faults: [] },
    { what: "for no purpose in particular", chain: [none.certificate], trust, faults: [] },
    {
      what: "for mail only",
      chain: [mailOnly.certificate],
      trust,
      faults: ["cert-wrong-purpose"],
      says: /for emailProtection/,
      unlikeOpenssl: "it is not told a purpose here",
    },
    {
      what: "under an authority for mail",
      chain: [underMail.certificate, mailAuthority.certificate],
      trust,
      faults: ["cert-wrong-purpose"],
      says: /^Mail is for/,
      unlikeOpenssl: "it is not told a purpose here",
    },
    {
      what: "a key that may only sign certificates",
      chain: [signer.certificate],
      trust,
      faults: ["cert-wrong-purpose"],
      says: /the key of a\.example is for keyCertSign, cRLSign/,
      unlikeOpenssl: "it is not told a purpose here",
    },
    { what: "RSA 2048", chain: [rsaLeaf.certificate], trust: [goodRoot.certificate], faults: [] },
    {
      what: "RSA 1024",
      chain: [shortKey.certificate],
      trust: [goodRoot.certificate],
      faults: ["cert-weak"],
      says: /RSA of 1024 bits/,
    },
    {
      what: "signed with SHA-1",
      chain: [underSha1Root.certificate],
      trust: [rsaRoot.certificate],
      faults: ["cert-weak"],
      says: /a\.example is signed by RSA with SHA-1/,
    },
  ];
}
