/** A file that cannot be read or made; the message is for the person who sent or requested it. */
export class UnreadableFileError extends Error {}
