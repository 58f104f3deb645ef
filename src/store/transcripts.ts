/** The part of the store that holds what agents said before transcripts became files beside it. Nothing is added to it. */
export interface StoredTranscripts {
  /** What the agent said in a finished attempt, as one text. */
  transcript(attempt: number): Promise<string | null>
  /** Forgets those of attempts that ended before, no more than `most`; answers how many. As many as that: there may be more. */
  pruneTranscripts(before: number, most: number): Promise<number>
}
