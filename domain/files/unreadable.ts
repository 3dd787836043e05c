/** A file that is not taken; the message is for who sent it. */
export class Unreadable extends Error {}
