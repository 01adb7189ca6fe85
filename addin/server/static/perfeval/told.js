// An error whose message is for the user: what happened and what to do.

export class ToldError extends Error {}
