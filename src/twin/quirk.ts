/** One thing a stand-in can do that not every partner does. `rule` is the id in the reference of the wire; value 1 is on. */
type QuirkRow = { readonly rule: string; readonly what: string };

/** Every quirk by name, with what it does; its value is a number: 0 off, 1 on, or how many or which. */
export const quirkTable = {
  "no-event-in-200": { rule: "P-1", what: "200 to SUBSCRIBE without Event" },
  "notify-first": { rule: "P-2", what: "NOTIFY before the 200 to SUBSCRIBE" },
  "bare-entity": { rule: "P-3", what: "entity of presence documents without a scheme" },
  piggyback: { rule: "P-4", what: "the first presence document in the 200 to SUBSCRIBE" },
  benotify: { rule: "P-5", what: "BENOTIFY instead of NOTIFY; nobody may answer it" },
  "notify-after-unsubscribe": { rule: "P-6", what: "one more NOTIFY after the subscription has ended" },
  "utf16-declared": { rule: "P-7", what: "presence documents that call themselves UTF-16 and are UTF-8" },
  "enhanced-presence": {
    rule: "2.5",
    what: "presence documents of categories, though nobody asked for them: 1 for the state, above it with this number",
  },
  "state-in-200": { rule: "2.2", what: "lower-case subscription-state in the 200 to SUBSCRIBE" },
  "via-without-branch": { rule: "R1", what: "no branch in the top Via of requests" },
  "upper-case": { rule: "R2", what: "header names of responses in capitals" },
  "odd-order": { rule: "R2", what: "Via lines after From and To" },
  "folded-lines": { rule: "R2", what: "folded header lines" },
  "strict-route": { rule: "R4", what: "the first Record-Route without lr" },
  negotiate: { rule: "R8", what: "NEGOTIATE as the first request of each own connection" },
  "keep-alive": { rule: "R9", what: "CRLF CRLF every so many seconds" },
  spread: { rule: "1.2", what: "the requests of one dialog leave over all connections in turn" },
  "split-records": { rule: "T-6", what: "each message in pieces of so many bytes, each a TLS record" },
  "min-expires": { rule: "2.2", what: "423 to a SUBSCRIBE for fewer seconds" },
  "subscribe-status": { rule: "2.2", what: "this final status to every SUBSCRIBE that opens a dialog" },
  "first-text-in-invite": { rule: "I-1", what: "ms-text-format with ms-body in INVITE" },
  "takes-first-text": { rule: "I-1", what: "200 to INVITE says Supported: ms-text-format" },
  "strange-contact": { rule: "RFC 3261 §12.1.1", what: "200 to INVITE whose Contact is no SIP URI" },
  "no-ack": { rule: "3.7", what: "no ACK of the 200 to INVITE, and nothing in that session" },
  "two-200s": { rule: "I-2", what: "two 200s to INVITE, as if forked" },
  "slow-200": { rule: "I-3", what: "so many seconds between INVITE and 200" },
  "idle-bye": { rule: "I-12", what: "BYE after so many seconds of silence" },
  unverified: { rule: "1.3", what: "403 to INVITE and SUBSCRIBE from those whom the person does not watch" },
  "edge-status": { rule: "4.2", what: "this final status to everything outside a dialog, before it reaches anybody" },
  diagnostics: { rule: "4.2", what: "ms-diagnostics with this id on statuses given on demand" },
  "invite-status": { rule: "3.1", what: "this final status to every INVITE" },
  "message-status": { rule: "3.5", what: "this final status to every MESSAGE" },
  "info-status": { rule: "3.4", what: "this final status to every INFO" },
  "late-failure": {
    rule: "3.5",
    what: "202 with Message-Id to MESSAGE, and that it did not arrive (ms-imdn): 1 by MESSAGE, 2 by NOTIFY, 3 by BENOTIFY",
  },
  "silent-message": { rule: "I-13", what: "no answer to MESSAGE at all" },
  "drop-after-messages": { rule: "I-13", what: "all connections die on the so-manyth MESSAGE, unanswered" },
  throttle: { rule: "1.3", what: "over so many messages in a second, only one a second is taken" },
  "page-mode": { rule: "RFC 3428", what: "texts outside any session, each by itself" },
  "page-answers": {
    rule: "RFC 7572 §6",
    what: "texts outside sessions have the Call-ID of the last one from whom they are for, as clients that group them do",
  },
  "msrp-setup": {
    rule: "RFC 6135 §4",
    what: "who connects for MSRP: 0 unsaid, 1 we do, 2 they do, 3 either (actpass)",
  },
  "msrp-chunk": { rule: "RFC 4975 §5.1", what: "texts over MSRP in chunks of so many bytes" },
  "msrp-status": { rule: "RFC 4975 §10", what: "this status to every SEND with a body" },
  "msrp-drop": { rule: "RFC 4975 §5.4", what: "MSRP connections die on the so-manyth SEND with a body, unanswered" },
  "msrp-stays": { rule: "RFC 4975 §5.4", what: "no BYE for a session whose MSRP connection is gone" },
  "msrp-no-report": { rule: "RFC 4975 §7.1.2", what: "success is not reported over MSRP" },
  "msrp-cpim": { rule: "RFC 4975 §8.6", what: "takes and sends nothing over MSRP but message/cpim" },
  "msrp-wrong-fingerprint": {
    rule: "RFC 8122 §5",
    what: "describes another certificate than the one it shows over MSRP",
  },
  "forgets-dialogs": { rule: "5", what: "so many percent of requests in a dialog are answered 481" },
} as const satisfies Readonly<Record<string, QuirkRow>>;

export type QuirkName = keyof typeof quirkTable;
export type Quirks = Record<QuirkName, number>;

export function isQuirk(name: string): name is QuirkName {
  return Object.hasOwn(quirkTable, name);
}

/** All quirks, off but for those given. */
export function quirksWith(on: Partial<Quirks>): Quirks {
  const off = Object.fromEntries(Object.keys(quirkTable).map((name) => [name, 0]));
  return { ...(off as Quirks), ...on };
}
