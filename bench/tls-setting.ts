/** What every server and the driver speak here, so that ciphers do not make the difference. */
export const tlsSetting = {
  minVersion: "TLSv1.3",
  maxVersion: "TLSv1.3",
  ciphers: "TLS_AES_128_GCM_SHA256",
  ecdhCurve: "P-256",
} as const;
