/** A report as it would arrive: in chunks of `size` bytes, the last one shorter. */
export async function* inChunks(report: string | Uint8Array, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(report)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

export async function collect<Item>(stream: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = []
  for await (const item of stream) items.push(item)
  return items
}
