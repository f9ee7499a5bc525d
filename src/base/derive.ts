/** The door to slow hashing, off the main thread (RFC 8018 PBKDF2). In `sim/` it answers at once. */
export interface Derive {
  pbkdf2(password: string, salt: Uint8Array, iterations: number, hash: "SHA-1" | "SHA-256"): Promise<Uint8Array>;
}
