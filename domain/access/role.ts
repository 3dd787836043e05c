/** Roles as a ladder: each step may do all that the steps below may. */
import { z } from 'zod'

export const roles = ['viewer', 'commenter', 'editor', 'owner'] as const
export const Role = z.enum(roles).meta({ id: 'Role', description: 'viewer < commenter < editor < owner' })
export type Role = z.infer<typeof Role>

/** Whether `role` is at least `needed`. */
export const reaches = (role: Role, needed: Role): boolean => roles.indexOf(role) >= roles.indexOf(needed)
