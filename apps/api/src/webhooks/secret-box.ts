import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Keeps webhook secrets encrypted (AES-256-GCM) in the database. */
export interface SecretBox {
  seal(secret: string): Uint8Array
  /** Throws when the secret was sealed with another key. */
  open(sealed: Uint8Array): string
}

/** `passphrase`: the operator's key. Without one a key file is made (only its owner may read it) when it is first needed. */
export const createSecretBox = (options: { readonly passphrase?: string; readonly keyFile: string }): SecretBox => {
  let key: Buffer | undefined
  const getKey = (): Buffer =>
    (key ??= createHash('sha256')
      .update(options.passphrase ?? readOrMakeKey(options.keyFile))
      .digest())
  return {
    seal: (secret) => {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', getKey(), nonce)
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), text])
    },
    open: (sealed) => {
      const bytes = Buffer.from(sealed)
      const decipher = createDecipheriv('aes-256-gcm', getKey(), bytes.subarray(0, NONCE_BYTES))
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString()
      } catch (error) {
        throw new Error(
          'the secret was encrypted with another key: give every server the same MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY, or set the secret again',
          { cause: error },
        )
      }
    },
  }
}

const readOrMakeKey = (file: string): Buffer => {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, randomBytes(32), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  return readFileSync(file)
}
