import { expect, test } from 'vitest'
import {
  fromFloat8Array,
  fromInt4Array,
  fromInt8Array,
  toFloat8Array,
  toInt4Array,
  toInt8Array,
  toTextArray,
} from '../../src/database/binary-array.ts'
import { describeStores } from '../tracking/world.ts'

describeStores('binary arrays', (world) => {
  const STATEMENT = {
    name: 'test_binary_arrays',
    text: `select $1::int[] as int4, $2::bigint[] as int8, $3::float8[] as float8, $4::text[] as texts,
      array_send($1::int[]) as sent4, array_send($2::bigint[]) as sent8, array_send($3::float8[]) as "sentFloat8"`,
  }

  test.each([
    ['no element', [[], [], [], []]],
    ['one', [[1], [2], [3.5], ['x']]],
    [
      'the limits',
      [
        [-(2 ** 31), 0, 2 ** 31 - 1],
        [-(2 ** 53 - 1), -(2 ** 32), -1, 0, 2 ** 32, 2 ** 53 - 1],
        [-Number.MAX_VALUE, -0.1, 0, 5e-324, 0.1 + 0.2, Number.NaN, Number.MAX_VALUE],
        ['', 'NULL', '"{},\\', 'größe\n', '😀'.repeat(6000)],
      ],
    ],
  ] as const)('%s arrives as it was', async (_, [int4, int8, float8, texts]) => {
    const values = [toInt4Array(int4), toInt8Array(int8), toFloat8Array(float8), toTextArray(texts)]
    const [row] = await world.database.query<Record<'sent4' | 'sent8' | 'sentFloat8', Uint8Array>>(STATEMENT, values)
    expect(row).toMatchObject({ int4, int8, float8, texts })
    expect(fromInt4Array(row?.sent4 ?? new Uint8Array())).toEqual(int4)
    expect(fromInt8Array(row?.sent8 ?? new Uint8Array())).toEqual(int8)
    expect(fromFloat8Array(row?.sentFloat8 ?? new Uint8Array())).toEqual(float8)
  })

  test('an integer beyond 2^53 goes and comes as text', async () => {
    const ids = [3, '866197515949490177', '-9223372036854775808']
    const rows = await world.database.query<{ id: unknown; ids: unknown }>(
      { name: 'test_long_ids', text: 'select id, $1::bigint[] as ids from unnest($1::bigint[]) as id' },
      [toInt8Array(ids)],
    )
    expect(rows.map(({ id }) => id)).toEqual(ids)
    expect(rows[0]?.ids).toEqual(ids)
  })
})
