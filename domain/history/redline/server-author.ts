/** Stands for SmartStart as an author in redlines. Server and browser share it. */
export const serverAuthor = 'server'
