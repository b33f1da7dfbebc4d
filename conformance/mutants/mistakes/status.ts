/** Mistakes in writing any status (api.md §3 and §4). */
export const statusMistakes = {
  'observed-generation-missing': 'Writes conditions without observedGeneration.',
  'observed-generation-of-creation': 'Sets observedGeneration once and keeps it when the object changes.',
  'transition-time-moves': 'Moves lastTransitionTime at every change of the object, though status stays.',
  'foreign-conditions-removed': 'Replaces the list of conditions, with those of other controllers in it.',
  'ready-condition': 'Writes a condition Ready as other APIs have it.',
  'status-written-in-a-loop': 'Puts the time into a message, and so writes status for ever.',
} as const;
