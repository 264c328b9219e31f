/** A reason not to start that the user can fix. Shown as its message alone, one line per fault, without a stack. */
export class StartError extends Error {}
