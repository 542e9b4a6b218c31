/** The convolution of two sequences of one length, a power of two; its first so many terms. By fast Fourier transform. */
export function convolve(left: Float64Array, right: Float64Array): Float64Array {
  const size = left.length * 2
  // Two real sequences as one complex one: the product of their transforms lies in the square of its transform.
  const real = new Float64Array(size)
  const imaginary = new Float64Array(size)
  real.set(left)
  imaginary.set(right)
  transform(real, imaginary)
  for (let at = 0; at < size; at++) {
    const a = real[at]!
    const b = imaginary[at]!
    real[at] = a * a - b * b
    imaginary[at] = 2 * a * b
  }
  // The inverse is the transform with real and imaginary parts exchanged; (x + iy)² has 2xy as imaginary part.
  transform(imaginary, real)
  return imaginary.subarray(0, left.length).map(one => Math.max(0, one / (2 * size)))
}

/** J. W. Cooley, J. W. Tukey 1965, in place, radix 2. */
function transform(real: Float64Array, imaginary: Float64Array): void {
  const size = real.length
  for (let at = 1, mirrored = 0; at < size; at++) {
    let bit = size >> 1
    for (; mirrored & bit; bit >>= 1) mirrored ^= bit
    mirrored ^= bit
    if (at < mirrored) {
      ;[real[at], real[mirrored]] = [real[mirrored]!, real[at]!]
      ;[imaginary[at], imaginary[mirrored]] = [imaginary[mirrored]!, imaginary[at]!]
    }
  }
  for (let span = 2; span <= size; span *= 2) {
    const half = span / 2
    for (let k = 0; k < half; k++) {
      const angle = (-2 * Math.PI * k) / span
      const cosine = Math.cos(angle)
      const sine = Math.sin(angle)
      for (let at = k; at < size; at += span) {
        const x = real[at + half]! * cosine - imaginary[at + half]! * sine
        const y = real[at + half]! * sine + imaginary[at + half]! * cosine
        real[at + half] = real[at]! - x
        imaginary[at + half] = imaginary[at]! - y
        real[at]! += x
        imaginary[at]! += y
      }
    }
  }
}
