import { describe, expect, it } from 'vitest'
import { recognizes } from './recognizes.ts'

const HEAD_BYTES = 65_536
const product = { name: 'Prowler', uid: 'prowler', vendor_name: 'Prowler', version: '5.46.0' }
const record = { metadata: { event_code: 'c1', product }, class_uid: 2004 }

function recognizesText(text: string): boolean {
  return recognizes(new TextEncoder().encode(text).slice(0, HEAD_BYTES))
}

describe('recognizes', () => {
  it.each([
    ['a compact array', JSON.stringify([record])],
    ['an array with indents', `\n ${JSON.stringify([record], null, 4)}`],
    ['lines', `${JSON.stringify(record)}\n${JSON.stringify(record)}\n`],
    ['an array that begins with what is no record', JSON.stringify([null, record, record])],
    ['an array that begins with a list', JSON.stringify([[1], record])],
    [
      'a record without a uid of its product',
      JSON.stringify([{ ...record, metadata: { product: { name: 'Prowler' } } }]),
    ],
    [
      'a record of release 3',
      JSON.stringify([
        { class_uid: 2001, metadata: { product: { feature: { uid: 'c1' }, ...product } } },
      ]),
    ],
    [
      'a first record longer than the head',
      JSON.stringify([{ metadata: record.metadata, data: 'x'.repeat(99_999), class_uid: 2004 }]),
    ],
    [
      'a text that quotes another class',
      JSON.stringify([{ message: '"class_uid": 1', ...record }]),
    ],
  ])('knows %s', (_, text) => {
    expect(recognizesText(text)).toBe(true)
  })

  it.each([
    ['nothing', ''],
    ['an empty array', '[]'],
    ['another product', JSON.stringify([{ ...record, metadata: { product: { name: 'Acme' } } }])],
    ['a compliance report of Prowler', JSON.stringify([{ ...record, class_uid: 2003 }])],
    [
      'a text that quotes a record',
      JSON.stringify([{ class_uid: 2004, message: JSON.stringify(record) }]),
    ],
    ['an object that holds a list', JSON.stringify({ Findings: [{ ProductName: 'Prowler' }] })],
    ['a text', JSON.stringify('Prowler')],
  ])('leaves %s to others', (_, text) => {
    expect(recognizesText(text)).toBe(false)
  })
})
