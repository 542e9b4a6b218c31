/** A box to be placed; sizes in pixels. */
export interface Box {
  readonly id: string
  readonly width: number
  readonly height: number
}

/** A line between two boxes, with room for a label on its way; 0 for none. */
export interface Line {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly labelWidth: number
  readonly labelHeight: number
}

/** Pixels from the left upper corner of the drawing. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** Where everything goes: middles of boxes and labels, and the points that a line passes. */
export interface Placement {
  readonly width: number
  readonly height: number
  readonly boxes: ReadonlyMap<string, Point>
  readonly lines: ReadonlyMap<string, { readonly points: readonly Point[]; readonly label: Point }>
}
