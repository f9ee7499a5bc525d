import type { DatabaseSync } from "node:sqlite";
import type { PrivacyEntry, PrivacyRules, Store, StoredDocument } from "../base/store.ts";
import type { SqliteTurn } from "./sqlite-turn.ts";

type PrivacyRow = { readonly otherwise: PrivacyRules["otherwise"]; readonly entries: string };

/** Whom people let see them, in SQLite. The rules are read and written whole, so their entries are one value. */
export function sqlitePrivacy(database: DatabaseSync, turn: SqliteTurn): Store["privacy"] {
  const load = database.prepare("SELECT otherwise, entries FROM privacy_rules WHERE owner = ?");
  const put = database.prepare("INSERT OR REPLACE INTO privacy_rules VALUES (?, ?, ?)");
  return {
    load: (owner) =>
      turn.read(() => {
        const row = load.get(owner) as PrivacyRow | undefined;
        if (row === undefined) return undefined;
        return { otherwise: row.otherwise, entries: JSON.parse(row.entries) as PrivacyEntry[] };
      }),
    put: (owner, { otherwise, entries }) =>
      turn.write(() => {
        put.run(owner, otherwise, JSON.stringify(entries.map(({ who, rule }) => ({ who, rule }))));
      }),
  };
}

/** People's documents in SQLite. */
export function sqliteDocuments(database: DatabaseSync, turn: SqliteTurn): Store["documents"] {
  const get = database.prepare("SELECT name, etag, content FROM documents WHERE owner = ? AND name = ?");
  const list = database.prepare("SELECT name, etag, content FROM documents WHERE owner = ? ORDER BY name");
  const put = database.prepare("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)");
  const remove = database.prepare("DELETE FROM documents WHERE owner = ? AND name = ?");
  return {
    get: (owner, name) => turn.read(() => storedDocument(get.get(owner, name) as StoredDocument | undefined)),
    list: (owner) => turn.read(() => (list.all(owner) as StoredDocument[]).flatMap((row) => storedDocument(row) ?? [])),
    put: (owner, { name, etag, content }) => turn.write(() => void put.run(owner, name, etag, content)),
    remove: (owner, name) => turn.write(() => remove.run(owner, name).changes > 0),
  };
}

function storedDocument(row: StoredDocument | undefined): StoredDocument | undefined {
  return row && { name: row.name, etag: row.etag, content: row.content };
}
