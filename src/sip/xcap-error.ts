import { escapeXml } from "../xml/writer.ts";

export const xcapErrorType = "application/xcap-error+xml";

/** Why a document may not become what a request would make of it (RFC 4825 §11.2): the body of a 409. */
export type Conflict =
  | {
      readonly kind:
        | "not-well-formed"
        | "not-xml-frag"
        | "not-xml-att-value"
        | "not-utf-8"
        | "schema-validation-error"
        | "cannot-insert"
        | "cannot-delete"
        | "constraint-failure";
      /** For people; never a document's content. */
      readonly phrase: string;
    }
  /** `ancestor`: the URI of the closest one that exists; "" when there is none. */
  | { readonly kind: "no-parent"; readonly ancestor: string }
  /** `field`: where the value stands that is not unique. */
  | { readonly kind: "uniqueness-failure"; readonly field: string; readonly phrase: string };

export function conflict(kind: Extract<Conflict, { phrase: string; field?: never }>["kind"], phrase: string): Conflict {
  return { kind, phrase };
}

/** RFC 4825 §11.2: an application/xcap-error+xml document. */
export function xcapErrorText(why: Conflict): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<xcap-error xmlns="urn:ietf:params:xml:ns:xcap-error">${inside(why)}</xcap-error>\n`
  );
}

function inside(why: Conflict): string {
  switch (why.kind) {
    case "no-parent":
      return why.ancestor === ""
        ? "<no-parent/>"
        : `<no-parent><ancestor>${escapeXml(why.ancestor)}</ancestor></no-parent>`;
    case "uniqueness-failure":
      return (
        `<uniqueness-failure phrase="${escapeXml(why.phrase)}">` +
        `<exists field="${escapeXml(why.field)}"/></uniqueness-failure>`
      );
    default:
      return `<${why.kind} phrase="${escapeXml(why.phrase)}"/>`;
  }
}
