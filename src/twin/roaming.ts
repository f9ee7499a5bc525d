import { type Element, elements, textOf } from "../xml/element.ts";
import { escapeXml, write } from "../xml/writer.ts";
import type { PersonState } from "./persona.ts";

type Contact = { readonly name: string; readonly groups: string };
type Publication = {
  readonly category: string;
  readonly instance: string;
  readonly container: string;
  readonly expireType: string;
  readonly version: number;
  readonly publishTime: string;
  readonly content: string;
  readonly stateKind: string;
  readonly availability: number;
};

/** What became of a publication: the document of a 200, or that of a 409. */
export type Published = { readonly status: 200 | 409; readonly contentType: string; readonly body: string };

const contactsMax = 250;
const groupsMax = 64;
const membersMax = 500;
const publicationsMax = 100;
const schemas = "http://schemas.microsoft.com/2006/09/sip";
/** How a document of roaming-self is called. */
export const roamingSelfType = "application/vnd-microsoft-roaming-self+xml";

/**
 * What a front end keeps for a person beyond one sign-in: contacts and groups (MS-SIP), publications and access
 * levels (MS-PRES), with the documents their clients are told of them in.
 */
export class Roaming {
  readonly #uri: string;
  readonly #groups = new Map<number, string>([[1, "~"]]);
  readonly #contacts = new Map<string, Contact>();
  readonly #publications = new Map<string, Publication>();
  /** Members of containers: "100 federated ". */
  readonly #members = new Set<string>();
  #delta = 1;
  #containerVersion = 0;
  #nextGroup = 2;

  /** `uri`: `sip:alice@contoso.example`. */
  constructor(uri: string) {
    this.#uri = uri;
  }

  /** The whole contact list. */
  get contactList(): string {
    const groups = [...this.#groups].map(
      ([id, name]) => `<group id="${id}" name="${escapeXml(name)}" externalURI=""/>`,
    );
    const contacts = [...this.#contacts].map(
      ([uri, { name, groups: of }]) =>
        `<contact uri="${escapeXml(uri)}" name="${escapeXml(name)}" groups="${escapeXml(of)}" subscribed="true" externalURI=""/>`,
    );
    return `<contactList deltaNum="${this.#delta}">${groups.join("")}${contacts.join("")}</contactList>`;
  }

  get contacts(): readonly string[] {
    return [...this.#contacts.keys()];
  }

  /** Adds a group; answers its number, undefined when there are too many. */
  addGroup(name: string): number | undefined {
    if (this.#groups.size >= groupsMax) return undefined;
    this.#delta++;
    const id = this.#nextGroup++;
    this.#groups.set(id, name);
    return id;
  }

  deleteGroup(id: number): void {
    this.#delta++;
    this.#groups.delete(id);
  }

  /** Adds or changes a contact: `sip:bob@ours.example`. False when there are too many. */
  setContact(uri: string, contact: Contact): boolean {
    const address = uri.replace(/^sip:/i, "").toLowerCase();
    if (!this.#contacts.has(address) && this.#contacts.size >= contactsMax) return false;
    this.#delta++;
    this.#contacts.set(address, contact);
    return true;
  }

  deleteContact(uri: string): void {
    this.#delta++;
    this.#contacts.delete(uri.replace(/^sip:/i, "").toLowerCase());
  }

  /** Puts members into containers and takes them out; answers whom that blocks (true) or no longer blocks. */
  setMembers(document: Element): readonly (readonly [who: string, blocked: boolean])[] {
    const changed: [string, boolean][] = [];
    for (const container of elements(document)) {
      const { id = "" } = container.attrs;
      for (const { attrs } of elements(container)) {
        const key = `${id} ${attrs.type ?? ""} ${attrs.value ?? ""}`;
        const added = attrs.action === "add";
        if (added && this.#members.size < membersMax) this.#members.add(key);
        else if (!added) this.#members.delete(key);
        if (id === "32000" && attrs.type === "user") changed.push([(attrs.value ?? "").toLowerCase(), added]);
      }
    }
    this.#containerVersion++;
    return changed;
  }

  /** MS-PRES: each publication names the version it follows; one that names another changes nothing. */
  publish(document: Element, publishTime: string): Published {
    const asked = elements(document)
      .filter(({ name }) => name === "publications")
      .flatMap(elements);
    const stale = asked.flatMap((publication, at) => {
      const current = this.#publications.get(keyOf(publication.attrs))?.version ?? 0;
      const says = Number(publication.attrs.version ?? 0);
      return says === current ? [] : [`<operation index="${at + 1}" version="${says}" curVersion="${current}"/>`];
    });
    if (stale.length > 0) {
      const body = `<Fault xmlns="${schemas}/fault"><Faultcode>Client.BadCall.WrongDelta</Faultcode><details>${stale.join("")}</details></Fault>`;
      return { status: 409, contentType: "application/msrtc-fault+xml", body };
    }
    const told: Publication[] = [];
    for (const publication of asked) {
      const key = keyOf(publication.attrs);
      if (publication.attrs.expires === "0") this.#publications.delete(key);
      else if (this.#publications.has(key) || this.#publications.size < publicationsMax) {
        const version = (this.#publications.get(key)?.version ?? 0) + 1;
        const made = publicationOf(publication, version, publishTime);
        this.#publications.set(key, made);
        told.push(made);
      }
    }
    return { status: 200, contentType: roamingSelfType, body: this.#document(told, "") };
  }

  /** Nothing is published any more but what outlives a sign-in. */
  forgetEndpoint(): void {
    for (const [key, { expireType }] of this.#publications) {
      if (expireType !== "static") this.#publications.delete(key);
    }
  }

  /** How the person is by all that is published: what was chosen by hand, else what the machine says (MS-PRES). */
  get state(): PersonState {
    const own = [...this.#publications.values()].filter(({ category, container }) => {
      return category === "state" && container === "2";
    });
    const chosen = own.find(({ stateKind }) => stateKind === "userState")?.availability ?? 0;
    const machine = own.find(({ stateKind }) => stateKind === "machineState")?.availability ?? 0;
    return stateOf(chosen >= 4_500 ? chosen : Math.max(chosen, machine));
  }

  /** The whole of roaming-self; `subscribers` are those who began to watch: addresses without scheme. */
  roamingData(subscribers: readonly string[]): string {
    const more = `${this.#containers}${subscribersOf(subscribers)}`;
    return this.#document([...this.#publications.values()], more);
  }

  /** News of who is in which container: a client knows nothing of what it has changed itself before it is told. */
  get members(): string {
    return `<roamingData xmlns="${schemas}/roaming-self">${this.#containers}</roamingData>`;
  }

  get #containers(): string {
    const containers = ["0", "1", "2", "3", "100", "200", "300", "400", "32000"].map((id) => {
      const members = [...this.#members].flatMap((key) => {
        const [of, type = "", value = ""] = key.split(" ");
        if (of !== id) return [];
        return [`<member type="${escapeXml(type)}"${value === "" ? "" : ` value="${escapeXml(value)}"`}/>`];
      });
      return `<container id="${id}" version="${this.#containerVersion}">${members.join("")}</container>`;
    });
    return `<containers xmlns="${schemas}/containers">${containers.join("")}</containers>`;
  }

  /** News that somebody began to watch. */
  newSubscriber(who: string): string {
    return `<roamingData xmlns="${schemas}/roaming-self">${subscribersOf([who])}</roamingData>`;
  }

  #document(publications: readonly Publication[], more: string): string {
    const categories = publications.map(
      ({ category, instance, container, version, expireType, publishTime, content }) =>
        `<category name="${escapeXml(category)}" instance="${escapeXml(instance)}" publishTime="${publishTime}" ` +
        `container="${escapeXml(container)}" version="${version}" expireType="${escapeXml(expireType)}">${content}</category>`,
    );
    const all = `<categories xmlns="${schemas}/categories" uri="${escapeXml(this.#uri)}">${categories.join("")}</categories>`;
    return `<roamingData xmlns="${schemas}/roaming-self">${all}${more}</roamingData>`;
  }
}

/** The class of availability a number stands for (sip-wire 2.4). */
export function stateOf(availability: number): PersonState {
  if (availability < 3_000 || availability >= 18_000) return "offline";
  if (availability < 4_500) return "available";
  if (availability < 6_000) return "idle";
  if (availability < 9_000) return "busy";
  if (availability < 12_000) return "dnd";
  return availability < 15_000 ? "brb" : "away";
}

function keyOf({ categoryName, instance, container }: Element["attrs"]): string {
  return `${categoryName ?? ""} ${instance ?? ""} ${container ?? ""}`;
}

function publicationOf(publication: Element, version: number, publishTime: string): Publication {
  const { categoryName = "", instance = "0", container = "0", expireType = "static" } = publication.attrs;
  const [inner] = elements(publication);
  const kind = Object.entries(inner?.attrs ?? {}).find(([name]) => name.endsWith("}type"))?.[1] ?? "";
  const availability = Number(
    textOf(inner === undefined ? undefined : elements(inner).find(({ name }) => name === "availability")),
  );
  const content = inner === undefined ? "" : write(inner);
  const rest = { category: categoryName, instance, container, expireType, version, publishTime, content };
  return { ...rest, stateKind: kind.replace(/^.*:/, ""), availability: availability || 0 };
}

function subscribersOf(who: readonly string[]): string {
  const each = who.map(
    (user) => `<subscriber user="${escapeXml(user)}" displayName="" acknowledged="false" type="federated"/>`,
  );
  return `<subscribers xmlns="${schemas}/presence-subscribers">${each.join("")}</subscribers>`;
}
