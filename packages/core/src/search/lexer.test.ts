import { expect, test } from 'vitest'
import { tokenize } from './lexer.ts'

const kindsAndTexts = (text: string): string[] | undefined =>
  tokenize(text)?.map((token) => `${token.kind} ${token.text}`)

test.each([
  ['metrics.a>1', ['word metrics.a', 'operator >', 'number 1']],
  ['metrics.a >= -1.5e-3', ['word metrics.a', 'operator >=', 'number -1.5e-3']],
  ['.5 1. 1abc 1.2.3', ['number .5', 'number 1.', 'word 1abc', 'word 1.2.3']],
  ['metrics.`a b` != 1', ['word metrics.`a b`', 'operator !=', 'number 1']],
  ['tags."mlflow.runName" = "x"', ['word tags."mlflow.runName"', 'operator =', 'string "x"']],
  ["`params.a b` LIKE '%'", ['word `params.a b`', 'word LIKE', "string '%'"]],
  ['`tags`.`a.b`', ['word `tags`.`a.b`']],
  ["''", ["string ''"]],
  ["'it''s' 'x'", ["string 'it''s'", "string 'x'"]],
  [String.raw`'it\'s' 'x'`, [String.raw`string 'it\'s'`, "string 'x'"]],
  [String.raw`'C:\'`, [String.raw`string 'C:\'`]],
  [String.raw`'a\\' AND 'b'`, [String.raw`string 'a\\'`, 'word AND', "string 'b'"]],
  ['(\'a\',"b");', ['open (', "string 'a'", 'comma ,', 'string "b"', 'close )', 'semicolon ;']],
  ['größe.日本 😀 -x', ['word größe.日本', 'junk 😀', 'junk -', 'word x']],
  [' \n\t ', []],
])('%s becomes its tokens', (text, tokens) => {
  expect(kindsAndTexts(text)).toEqual(tokens)
})

test.each(["'a", '"a', '`a', "tags.'a", 'metrics.`a', "'a''"])('%s has an open quote', (text) => {
  expect(tokenize(text)).toBeUndefined()
})

test('tokens say where they stand', () => {
  expect(tokenize('  a =1')).toEqual([
    { kind: 'word', text: 'a', start: 2, end: 3 },
    { kind: 'operator', text: '=', start: 4, end: 5 },
    { kind: 'number', text: '1', start: 5, end: 6 },
  ])
})

test('a long run of backslashes without a closing quote takes no exponential time', () => {
  expect(tokenize(`'${'\\'.repeat(20_000)}`)).toBeUndefined()
})
