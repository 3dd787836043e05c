/** Roles, from lowest to highest: each includes all permissions of those before it. */
import { z } from 'zod'

export const roles = ['viewer', 'commenter', 'editor', 'owner'] as const
export const Role = z.enum(roles).meta({ id: 'Role', description: 'viewer < commenter < editor < owner' })
export type Role = z.infer<typeof Role>

/** Whether `role` includes the permissions of `needed`. */
export const isAtLeast = (role: Role, needed: Role): boolean => roles.indexOf(role) >= roles.indexOf(needed)
