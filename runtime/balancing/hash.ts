/** MurmurHash3 (A. Appleby, 32-bit variant) over the UTF-16 units of a text; `seed` gives independent functions. */
export function hash32(text: string, seed = 0): number {
  let hash = seed
  for (let at = 0; at < text.length; at++) {
    let block = text.charCodeAt(at)
    block = Math.imul(block, 0xcc9e2d51)
    block = (block << 15) | (block >>> 17)
    block = Math.imul(block, 0x1b873593)
    hash ^= block
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0
  }
  hash ^= text.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
