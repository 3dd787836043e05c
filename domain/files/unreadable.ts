/** A file that is not taken, or cannot be made; the message is for who sent or wants it. */
export class Unreadable extends Error {}
