import { describe, expect, it } from 'vitest'
import { createUriMap, isMovable, toCopiedLocation, toCopiedUri } from './uri-map.ts'

describe('toCopiedUri', () => {
  it.each([
    ['/old/mlruns/7/r1/artifacts', 'run', 'mlflow-artifacts:/7/r1/artifacts'],
    ['file:///old/m/7/models/m-1/artifacts', 'logged model', 'mlflow-artifacts:/7/models/r1/artifacts'],
    ['mlflow-artifacts:/elsewhere/r1/artifacts', 'run', 'mlflow-artifacts:/elsewhere/r1/artifacts'],
    ['http://old:5000/api/2.0/mlflow-artifacts/artifacts/7/r1/artifacts', 'run', 'mlflow-artifacts:/7/r1/artifacts'],
  ] as const)('keeps the files of %s (%s) at %s', (uri, kind, copied) => {
    expect(toCopiedUri({ uri, kind, experimentId: '7', id: 'r1' })).toBe(copied)
  })
})

describe('toCopiedLocation', () => {
  it('gives an experiment of a disk the location that a new one would have', () => {
    expect(toCopiedLocation('./mlruns/7', '7')).toBe('mlflow-artifacts:/7')
  })
})

describe('isMovable', () => {
  it.each([
    ['./mlruns/0', true],
    ['/srv/mlruns/0', true],
    ['file:///srv/mlruns/0', true],
    ['mlflow-artifacts:/0', true],
    ['s3://bucket/0', false],
    ['dbfs:/x', false],
  ])('says of %s: %s', (uri, expected) => {
    expect(isMovable(uri)).toBe(expected)
  })
})

describe('UriMap', () => {
  it('moves what lies below a moved folder and nothing beside it', () => {
    const map = createUriMap()
    map.set('file:///m/1/r/artifacts', 'mlflow-artifacts:/1/r/artifacts')
    expect(map.toTarget('/m/1/r/artifacts/model')).toBe('mlflow-artifacts:/1/r/artifacts/model')
    expect(map.toTarget('file:///m/1/r/artifacts')).toBe('mlflow-artifacts:/1/r/artifacts')
    expect(map.toTarget('/m/1/r/artifacts2/model')).toBe('/m/1/r/artifacts2/model')
    expect(map.toTarget('runs:/r/model')).toBe('runs:/r/model')
  })
})
