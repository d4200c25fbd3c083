const ALWAYS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
}

/** Of every answer that is not a page: nothing in it may run or be framed. */
export const API_HEADERS: Readonly<Record<string, string>> = {
  ...ALWAYS,
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}

/** Of our own pages: only files of our origin, no inline script or style. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  ...ALWAYS,
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'self'",
}

/** Of bytes that users wrote: never a document of our origin (spec/security.md S10). */
export const ARTIFACT_HEADERS: Readonly<Record<string, string>> = {
  ...ALWAYS,
  'cache-control': 'no-store',
  'content-security-policy': "sandbox; default-src 'none'",
}
