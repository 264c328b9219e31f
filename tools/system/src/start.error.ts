/** What keeps the system from starting and its user can mend: shown as its message alone, a line a fault, without a stack. */
export class StartError extends Error {}
