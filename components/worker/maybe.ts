/** Something now, or later. */
export type Maybe<T> = T | Promise<T>

/** Goes on with a value, at once when it is there already. */
export function whenKnown<T, R>(value: Maybe<T>, next: (value: T) => Maybe<R>): Maybe<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}
