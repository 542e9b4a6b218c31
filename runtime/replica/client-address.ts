import type { HttpResponse } from './uws.ts'

const addressDecoder = new TextDecoder('latin1')
const ADDRESSES_MAX = 10_000
/** IPv4 addresses seen, by their four bytes as a number: making the text costs more than looking it up. */
const addresses = new Map<number, string>()

/** The address of the peer, as text. */
export function clientAddress(res: HttpResponse): string {
  const address = res.getRemoteAddress()
  if (address.byteLength !== 4) return addressDecoder.decode(res.getRemoteAddressAsText())
  const key = new Uint32Array(address)[0]!
  let text = addresses.get(key)
  if (text === undefined) {
    text = new Uint8Array(address).join('.')
    if (addresses.size >= ADDRESSES_MAX) addresses.clear()
    addresses.set(key, text)
  }
  return text
}
