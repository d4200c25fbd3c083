import { PGlite, types } from '@electric-sql/pglite'
import { parseInt8 } from './parse-int8.ts'

const { arrayParser, arraySerializer } = types

/** The arrays that our statements pass and read: element type and array type, Postgres' fixed numbers. */
const ARRAYS: readonly { readonly element: number; readonly array: number }[] = [
  { element: types.BOOL, array: 1000 },
  { element: types.INT4, array: 1007 },
  { element: types.TEXT, array: 1009 },
  { element: types.INT8, array: 1016 },
  { element: types.FLOAT8, array: 1022 },
  { element: types.TIMESTAMPTZ, array: 1185 },
]

const parsers: Readonly<Record<number, types.Parser>> = { ...types.parsers, [types.INT8]: parseInt8 }
const arrayParsers = Object.fromEntries(
  ARRAYS.map(({ element, array }) => [
    array,
    (text: string) => arrayParser(text, (item, type) => parsers[element]?.(item, type) ?? item, array),
  ]),
)
/** An array that is binary already (`binary-array.ts`) goes as it is. */
const arraySerializers = Object.fromEntries(
  ARRAYS.map(({ element, array }) => [
    array,
    (values: unknown) =>
      values instanceof Uint8Array ? values : arraySerializer(values, types.serializers[element], array),
  ]),
)

/**
 * Postgres clears its buffers at the start. 32 MB instead of 128 MB saves 100 MB of memory and a fifth of the start;
 * what does not fit comes from the page cache of the system.
 */
const SETTINGS = ['-c', 'shared_buffers=32MB']

/**
 * PGlite that knows the array types it is used with. PGlite asks the catalog for all of them at every start, which
 * takes a tenth of the whole start.
 */
class EmbeddedPglite extends PGlite {
  override _initArrayTypes(options?: { force?: boolean }): Promise<void> {
    return options?.force === true ? super._initArrayTypes(options) : Promise.resolve()
  }
}

/** Opens a data directory, making it when it is absent. int8 is parsed as on Postgres. */
export const openEmbeddedPglite = async (dataDir: string): Promise<PGlite> => {
  const pglite = new EmbeddedPglite({
    dataDir,
    startParams: [...PGlite.defaultStartParams, ...SETTINGS],
    // A new directory is then 16 MB smaller.
    initDbStartParams: ['--wal-segsize=1'],
    parsers: { [types.INT8]: parseInt8, ...arrayParsers },
  })
  await pglite.waitReady
  // Not by the option, whose type forgets that PGlite binds bytes too.
  Object.assign(pglite.serializers, arraySerializers)
  return pglite
}
