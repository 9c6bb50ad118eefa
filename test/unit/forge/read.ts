import assert from 'node:assert/strict'
import { type Reading, readEvents, recognise, type VerifiedDelivery, verify } from '../../../forge/known/intake.ts'
import type { Event } from '../../../job/event.ts'
import { type Fixture, SECRET, signed } from '../../fixtures/deliveries/fixtures.ts'

/** A fixture, signed and verified. */
export function verified(of: Fixture): VerifiedDelivery {
  const recognised = recognise(signed(of))
  assert.ok(recognised, 'not recognised')
  const delivery = verify({ ...recognised, body: of.body }, [{ key: 'any', secrets: [SECRET] }])
  assert.ok(delivery, 'not verified')
  return delivery
}

export function readingOf(of: Fixture): Reading {
  return readEvents(verified(of))
}

export function eventsOf(of: Fixture): Event[] {
  const reading = readingOf(of)
  assert.ok(reading.kind === 'events', JSON.stringify(reading))
  return reading.events
}

/** The one event of a delivery. */
export function eventOf(of: Fixture): Event {
  const [event, ...more] = eventsOf(of)
  assert.ok(event !== undefined && more.length === 0)
  return event
}
