import { receiptFor } from "../translate/receipt.ts";
import { Parcel, type Post } from "./parcel.ts";

/** `by` has a message for certain: its sender is told, if they asked to be (XEP-0184 §5). A copy is nobody's to tell of. */
export function tellDelivered(post: Post, parcel: Parcel, by: Parcel["from"]): void {
  const bytes = parcel.copy ? undefined : receiptFor(parcel.element, by, parcel.from);
  if (bytes !== undefined) post.route(new Parcel("message", "chat", undefined, by, parcel.from, bytes));
}
