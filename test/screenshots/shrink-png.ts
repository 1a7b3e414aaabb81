import { deflateSync, inflateSync, crc32 } from 'node:zlib'

/**
 * A picture of a page as a PNG with a palette, about a third as large: pages have few colours. Takes what Chromium writes, eight bits
 * each of red, green and blue, perhaps with alpha (which is dropped), not interlaced (RFC 2083).
 */
export function shrinkPng(png: Buffer): Buffer {
  const header = chunksOf(png, 'IHDR')[0]!
  const [width, height, channels] = [header.readUInt32BE(0), header.readUInt32BE(4), header[9] === 6 ? 4 : 3]
  const pixels = unfiltered(inflateSync(Buffer.concat(chunksOf(png, 'IDAT'))), { width, height, channels })
  const { palette, indices } = paletteOf(pixels, channels)
  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y += 1) indices.copy(rows, y * (width + 1) + 1, y * width, (y + 1) * width)
  const written = Buffer.from(header)
  written.set([8, 3, 0, 0, 0], 8)
  const parts = [chunk('IHDR', written), chunk('PLTE', palette), chunk('IDAT', deflateSync(rows, { level: 9 }))]
  return Buffer.concat([png.subarray(0, 8), ...parts, chunk('IEND', Buffer.alloc(0))])
}

function chunksOf(png: Buffer, wanted: string): Buffer[] {
  const found: Buffer[] = []
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at)
    if (png.toString('latin1', at + 4, at + 8) === wanted) found.push(png.subarray(at + 8, at + 8 + length))
    at += length + 12
  }
  return found
}

function chunk(name: string, content: Buffer): Buffer {
  const made = Buffer.concat([Buffer.alloc(4), Buffer.from(name, 'latin1'), content, Buffer.alloc(4)])
  made.writeUInt32BE(content.length)
  made.writeUInt32BE(crc32(made.subarray(4, -4)), made.length - 4)
  return made
}

interface Size {
  width: number
  height: number
  channels: number
}

/** RFC 2083 section 6. */
function unfiltered(data: Buffer, { width, height, channels }: Size): Buffer {
  const stride = width * channels
  const out = Buffer.alloc(stride * height)
  for (let y = 0; y < height; y += 1) {
    const filter = data[y * (stride + 1)]!
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x
      const left = x < channels ? 0 : out[at - channels]!
      const up = y === 0 ? 0 : out[at - stride]!
      const corner = y === 0 || x < channels ? 0 : out[at - stride - channels]!
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter]!
      out[at] = data[y * (stride + 1) + 1 + x]! + guess
    }
  }
  return out
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner
  const [toLeft, toUp, toCorner] = [left, up, corner].map(value => Math.abs(guess - value)) as [number, number, number]
  if (toLeft <= toUp && toLeft <= toCorner) return left
  return toUp <= toCorner ? up : corner
}

/** At most 256 colours; where there are more, those that nobody can tell apart become one. */
function paletteOf(pixels: Buffer, channels: number): { palette: Buffer; indices: Buffer } {
  for (let step = 1; ; step *= 2) {
    const colours = new Map<number, number>()
    const indices = Buffer.alloc(pixels.length / channels)
    const near = (value: number) => (value === 255 ? 255 : value - (value % step))
    for (let pixel = 0; pixel < indices.length && colours.size <= 256; pixel += 1) {
      const at = pixel * channels
      const colour = (near(pixels[at]!) << 16) | (near(pixels[at + 1]!) << 8) | near(pixels[at + 2]!)
      if (!colours.has(colour)) colours.set(colour, colours.size)
      indices[pixel] = colours.get(colour)!
    }
    if (colours.size > 256) continue
    const palette = Buffer.from(
      [...colours.keys()].flatMap(colour => [colour >> 16, (colour >> 8) & 255, colour & 255]),
    )
    return { palette, indices }
  }
}
