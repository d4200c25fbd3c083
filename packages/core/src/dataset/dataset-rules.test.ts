import { describe, expect, test } from 'vitest'
import { toDatasetInput, validateSearchedExperiments } from './dataset-rules.ts'

const dataset = { name: 'd', digest: 'x', source_type: 'local', source: '{}' }

describe('toDatasetInput', () => {
  test('takes texts of the greatest lengths', () => {
    const input = {
      dataset: {
        name: 'é'.repeat(500),
        digest: 'x'.repeat(36),
        source_type: 'local',
        source: 'x'.repeat(65_535),
        schema: 'x'.repeat(1_048_575),
        profile: 'x'.repeat(16_777_215),
      },
      tags: [{ key: 'k'.repeat(255), value: 'v'.repeat(500) }],
    }
    const { source_type: sourceType, ...texts } = input.dataset
    expect(toDatasetInput(input)).toEqual({ dataset: { ...texts, sourceType }, tags: input.tags })
  })

  test.each<[string, object, string]>([
    ['name', { name: undefined }, 'Dataset name cannot be None'],
    ['digest', { digest: undefined }, 'Dataset digest cannot be None'],
    ['source type', { source_type: undefined }, 'Dataset source_type cannot be None'],
    ['source', { source: undefined }, 'Dataset source cannot be None'],
    ['short name', { name: 'x'.repeat(501) }, "'name' exceeds the maximum length of 500 characters"],
    ['short digest', { digest: 'x'.repeat(37) }, "'digest' exceeds the maximum length of 36 characters"],
    ['short source', { source: 'x'.repeat(65_536) }, "'source' exceeds the maximum length of 65535 characters"],
    ['short schema', { schema: 'x'.repeat(1_048_576) }, "'schema' exceeds the maximum length of 1048575 characters"],
    ['storable name', { name: '\0' }, "parameter 'name'"],
  ])('a dataset needs a %s', (_, over, message) => {
    expect(() => toDatasetInput({ dataset: { ...dataset, ...over }, tags: [] })).toThrow(message)
  })

  test('an input needs a dataset, its tags a key of limited length', () => {
    expect(() => toDatasetInput({ tags: [] })).toThrow('Dataset cannot be None')
    expect(() => toDatasetInput({ dataset, tags: [{ value: '' }] })).toThrow('InputTag key cannot be None')
    expect(() => toDatasetInput({ dataset, tags: [{ key: 'k'.repeat(256), value: '' }] })).toThrow(
      "'key' exceeds the maximum length of 255 characters",
    )
    expect(() => toDatasetInput({ dataset, tags: [{ key: 'k', value: 'v'.repeat(501) }] })).toThrow(
      "'value' exceeds the maximum length of 500 characters",
    )
  })
})

test('a search of datasets names from 1 to 20 experiments', () => {
  const ids = (count: number) => Array.from({ length: count }, (_, index) => String(index))
  expect(() => validateSearchedExperiments(ids(20))).not.toThrow()
  expect(() => validateSearchedExperiments([])).toThrow(
    'SearchDatasets request must specify at least one experiment_id.',
  )
  expect(() => validateSearchedExperiments(ids(21))).toThrow(
    'SearchDatasets request cannot specify more than 20 experiment_ids. Received 21 experiment_ids.',
  )
})
