/** States of an event's job; an event without a job is `stored`. */
export const EVENT_STATES = ['stored', 'pending', 'parked', 'done'] as const
export type EventState = (typeof EVENT_STATES)[number]
