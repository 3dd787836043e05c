/** A `like` pattern for texts that contain `part`, whatever characters are in it. */
export const likePattern = (part: string): string => `%${part.replace(/[\\%_]/g, '\\$&')}%`
