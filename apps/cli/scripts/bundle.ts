/** Bundles the command line and everything that it loads into dist/bundle, so that it starts fast from any directory. */
import { existsSync } from 'node:fs'
import { copyFile, cp, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const app = fileURLToPath(new URL('..', import.meta.url))
const storePostgres = join(app, '../../packages/store-postgres')

/** Dependencies that are CommonJS ask for `require` and `__dirname`, which a module does not have. */
const COMMONJS_BANNER = [
  "import { createRequire as tidemillCreateRequire } from 'node:module'",
  "import { dirname as tidemillDirname } from 'node:path'",
  "import { fileURLToPath as tidemillFileURLToPath } from 'node:url'",
  'const require = tidemillCreateRequire(import.meta.url)',
  'const __filename = tidemillFileURLToPath(import.meta.url)',
  'const __dirname = tidemillDirname(__filename)',
].join('\n')

/** Optional parts of dependencies, which do without them when they cannot be loaded. */
const OPTIONAL = ['pg-native', 'cpu-features', '*.node', 'pg-cloudflare']

/**
 * Writes `bundle` and `pglite-template` below `directory`, which must be called `dist`. Built aside and put in place
 * at the end: a command that starts meanwhile finds the old bundle or the new one.
 */
export const bundle = async (directory = join(app, 'dist')): Promise<void> => {
  const target = join(directory, 'bundle')
  const aside = `${target}.new`
  await rm(aside, { recursive: true, force: true })
  await build({
    entryPoints: [join(app, 'src/main.ts')],
    outdir: aside,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    conditions: ['@tidemill/source'],
    external: OPTIONAL,
    banner: { js: COMMONJS_BANNER },
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
  })
  await copyPgliteAssets(aside)
  await rm(target, { recursive: true, force: true })
  await rename(aside, target)
  await copyTemplate(join(directory, 'pglite-template'))
}

/** PGlite reads its WebAssembly from beside its own module, which is a chunk of the bundle now. */
const copyPgliteAssets = async (target: string): Promise<void> => {
  const module = createRequire(join(storePostgres, 'package.json')).resolve('@electric-sql/pglite')
  for (const name of ['pglite.wasm', 'pglite.data', 'initdb.wasm']) {
    const file = join(dirname(module), name)
    if (existsSync(file)) await copyFile(file, join(target, name))
  }
}

/** store-postgres looks for the migrated data directory at `../../dist/pglite-template` from its module. */
const copyTemplate = async (target: string): Promise<void> => {
  const template = join(storePostgres, 'dist/pglite-template')
  await rm(target, { recursive: true, force: true })
  if (existsSync(template)) await cp(template, target, { recursive: true })
}

if (import.meta.main) await bundle()
