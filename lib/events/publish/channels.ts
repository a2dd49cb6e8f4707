// The channels of node:diagnostics_channel, one for each type of events.
import { type Channel, channel } from 'node:diagnostics_channel'
import type { ComEventType } from './event'

// The channels stay referenced, so that functions on hot paths read only `hasSubscribers`.
const open = <Type extends ComEventType>(type: Type) => [type, channel(`com-cancel:${type}`)] as const

/** The channels by type. */
export const channels: Readonly<Record<ComEventType, Channel>> = Object.fromEntries(
  (
    [
      'thread:started',
      'thread:entered',
      'thread:closing',
      'thread:ended',
      'job:queued',
      'job:canceled',
      'job:withdrawn',
      'job:ended',
      'cancel:requested',
      'cancel:returned',
      'apartment:entered',
      'apartment:left',
      'cancellation:enabled',
      'cancellation:disabled',
      'cancel-object:set',
      'cancel-object:unset',
      'context:switched',
      'wait:began',
      'wait:ended',
      'timeout:started',
      'timeout:stopped',
      'watchdog:started',
      'watchdog:recovered',
      'watchdog:stopped',
      'incoming:received',
      'incoming:canceled',
      'incoming:replied',
      'host:started',
      'host:ended',
      'call:made',
      'call:registered',
      'call:rejected',
      'call:dispatched',
      'call:canceled',
      'call:notified',
      'call:finished',
      'call:returned',
      'call:released',
      'call:reply-dropped',
      'server:started',
      'server:ended',
    ] satisfies ComEventType[]
  ).map(open),
) as Record<ComEventType, Channel>

export const eventTypes = Object.keys(channels) as ComEventType[]
