import type { Profile } from "./profile.ts";

/** What a scripted person can be; the words are the reference's canonical states (sip-wire 2.4). */
export const personStates = [
  "available",
  "idle",
  "busy",
  "on-the-phone",
  "in-a-meeting",
  "dnd",
  "brb",
  "lunch",
  "away",
  "out-of-office",
  "offline",
] as const;
export type PersonState = (typeof personStates)[number];

export function isPersonState(text: unknown): text is PersonState {
  return (personStates as readonly unknown[]).includes(text);
}

/** A scripted person of the stand-in. */
export type Persona = {
  readonly name: string;
  readonly display: string;
  /** `sip:alice@contoso.example` */
  readonly uri: string;
  /** The device's number, as Microsoft's clients put it into From (R5). */
  readonly epid: string;
  state: PersonState;
  note: string;
};

/** The person's Contact as the profile writes it, and the URI that is in it. */
export function contactOf(
  { uri, epid }: Persona,
  form: Profile["contact"],
  edge: { readonly host: string; readonly port: number; readonly transport: string },
): { readonly header: string; readonly uri: string } {
  const where = `${edge.host}:${edge.port}`;
  if (form === "gruu") {
    const target = `${uri};opaque=user:epid:${Buffer.from(`${epid}:GRUU`).toString("base64url")}AA;gruu`;
    return { header: `<${target}>`, uri: target };
  }
  if (form === "maddr") {
    const target = `${uri}:${edge.port};maddr=${edge.host};transport=${edge.transport};ms-opaque=${epid}Fe`;
    return { header: `<${target}>;proxy=replace`, uri: target };
  }
  const target = `sip:${where};transport=${edge.transport}`;
  return { header: `<${target}>`, uri: target };
}
