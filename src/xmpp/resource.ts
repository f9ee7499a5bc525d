/** What routing needs to know of one signed-in device of a local user (RFC 6120 §7, RFC 6121 §2.2, §4.2). */
export type Resource = {
  /** The resource part of its address. */
  readonly resource: string;
  /** Priority of its last available presence, -128 to 127 (RFC 6121 §4.7.2.3); undefined while it is not available. */
  readonly priority: number | undefined;
  /** It asked for the roster, so it gets pushes and subscription news (RFC 6121 §2.2). */
  readonly interested: boolean;
};

/** The available devices. */
export function available<R extends Resource>(resources: Iterable<R>): R[] {
  const found: R[] = [];
  for (const each of resources) if (each.priority !== undefined) found.push(each);
  return found;
}

/** The devices that asked for the roster. */
export function interested<R extends Resource>(resources: Iterable<R>): R[] {
  const found: R[] = [];
  for (const each of resources) if (each.interested) found.push(each);
  return found;
}
