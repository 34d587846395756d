/** Ends the run where it stands: the user asked for it. */
export class StopRun extends Error {}
