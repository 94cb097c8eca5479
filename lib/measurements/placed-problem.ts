import { Problem, type ProblemCode } from '../core/problem.ts'

/** A place in an upload. Rows, lines and columns of a line are numbered from 1, bytes from 0. */
export interface Place {
  row?: number
  line?: number
  column?: number
  byte?: number
}

/** Converts the numbers of a place. */
export type Move = <P extends Place>(place: P) => P

/** An error at a place of an upload. */
export class PlacedProblem extends Problem {
  readonly place: Place
  /** The same error at another place: in a file, the place differs from that in a part of it. */
  readonly moved: (move: Move) => PlacedProblem

  constructor(
    code: ProblemCode,
    message: string,
    { place, issue, moved }: { place: Place; issue: Issue; moved: (move: Move) => PlacedProblem },
  ) {
    const { field, detail } = issue
    super(code, message, { issues: [{ ...(field !== undefined && { field }), ...place, detail }] })
    this.place = place
    this.moved = moved
  }
}

interface Issue {
  field?: string
  detail: string
}

/** Makes an error whose message contains numbers of its place. */
export const placedProblem = <P extends Place>(
  code: ProblemCode,
  place: P,
  messageAt: (place: P) => string,
  issue: Issue,
): PlacedProblem =>
  new PlacedProblem(code, messageAt(place), {
    ...{ place, issue },
    moved: (move) => placedProblem(code, move(place), messageAt, issue),
  })
