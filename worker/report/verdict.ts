import type { Run } from '../../job/run.ts'

export type Tone = 'good' | 'bad' | 'neutral'

/** How a run's end is told to people: one word for the subject, a tone for the colours. */
export type Verdict = { word: string; tone: Tone }

/** A change for the better or the same trouble again says more than the bare state. */
export function verdictOf(run: Run, previous: Run | null): Verdict {
  if (run.state === 'succeeded') return { word: previous?.state === 'failed' ? 'fixed' : 'passed', tone: 'good' }
  if (run.state === 'failed') return { word: previous?.state === 'failed' ? 'still failing' : 'failed', tone: 'bad' }
  return { word: run.state, tone: 'neutral' }
}
