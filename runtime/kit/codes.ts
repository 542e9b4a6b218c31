/** Every code an error of the lab can carry, with its meaning. docs/errors.md holds the same table; a test compares. */
export const CODES = {
  TOPOLOGY_UNREADABLE: 'The topology file is missing, is a directory, or may not be read.',
} as const
