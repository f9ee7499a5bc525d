import type { FaultRows } from "./row.ts";

/** Bytes that are not the XML a stream may carry. */
export const xmlFaults = {
  "xml-not-well-formed": {
    stream: "not-well-formed",
    sip: 400,
    user: "The other side sent text that is not well-formed XML.",
    advice:
      "The peer's software or something between is damaging the stream; the log line names the byte and what stood there.",
    cite: "RFC 6120 §4.9.3.13",
  },
  "xml-restricted": {
    stream: "restricted-xml",
    sip: 400,
    user: "The other side sent XML that streams may not carry.",
    advice:
      "Comments, processing instructions, DTDs and entities are forbidden in XMPP; the peer's software is at fault or somebody is probing.",
    cite: "RFC 6120 §4.9.3.18, §11.1",
  },
  "xml-bad-utf8": {
    stream: "bad-format",
    sip: 400,
    user: "The other side sent text that is not UTF-8.",
    advice: "The peer uses another character encoding; nothing here can mend it.",
    cite: "RFC 6120 §11.6",
  },
  "xml-bad-prefix": {
    stream: "bad-namespace-prefix",
    sip: 400,
    user: "The other side used a namespace prefix it never declared.",
    advice: "The peer's XML writer is broken; report it with the log line.",
    cite: "RFC 6120 §4.9.3.2",
  },
  "xml-stanza-too-big": {
    stream: "policy-violation",
    stanza: ["policy-violation", "modify"],
    user: "The message is larger than this server accepts.",
    advice: "Raise limits.stanzaBytesMax if people need larger stanzas; the partner's own limit may be lower.",
    cite: "RFC 6120 §13.12, XEP-0478",
  },
  "xml-document-too-big": {
    sip: 413,
    user: "The document is larger than this server accepts.",
    advice: "limits.presenceDocumentBytesMax, xcapDocumentBytesMax or sipInflatedBytesMax was passed.",
    cite: "RFC 3261 §21.4.11",
  },
  "xml-too-deep": {
    stream: "policy-violation",
    sip: 400,
    user: "The message's XML is nested too deeply.",
    advice:
      "Real clients stay under 20 levels; more is an attack or a bug. limits.xmlDepthMax says how many are accepted.",
    cite: "RFC 6120 §13.12",
  },
  "xml-too-many-attributes": {
    stream: "policy-violation",
    sip: 400,
    user: "An element of the message has too many attributes.",
    advice: "Real clients stay far under limits.xmlAttributesMax; more is an attack or a bug.",
    cite: "RFC 6120 §13.12",
  },
  "xml-name-too-long": {
    stream: "policy-violation",
    user: "An element or attribute of the message has too long a name.",
    advice: "Real names stay far under limits.xmlNameBytesMax; a longer one is an attack or a bug.",
    cite: "RFC 6120 §13.12",
  },
  "xml-too-many-prefixes": {
    stream: "policy-violation",
    user: "The message declares too many namespace prefixes.",
    advice: "Real stanzas declare a handful; more than limits.xmlPrefixesMax at once is an attack or a bug.",
    cite: "RFC 6120 §13.12",
  },
  "xml-unsupported-encoding": {
    stream: "unsupported-encoding",
    user: "The other side announced another character encoding than UTF-8.",
    advice: "XMPP is UTF-8 only; the peer's XML writer must be set so.",
    cite: "RFC 6120 §4.9.3.22, §11.6",
  },
} as const satisfies FaultRows;
