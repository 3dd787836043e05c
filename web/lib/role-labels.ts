import type { Role } from './api-types.ts'

interface RoleLabels {
  /** The role as an owner chooses it. */
  label: string
  /** The role as its holder reads it. */
  ownLabel: string
  canWrite: boolean
}

/** Labels of the roles, strongest first. */
export const roleLabels: Record<Role, RoleLabels> = {
  owner: { label: 'Owner', ownLabel: 'You own it', canWrite: true },
  editor: { label: 'Can edit', ownLabel: 'You can edit', canWrite: true },
  commenter: { label: 'Can comment', ownLabel: 'You can comment', canWrite: false },
  viewer: { label: 'Can view', ownLabel: 'You can view', canWrite: false },
}

export const roleOrder: Role[] = ['owner', 'editor', 'commenter', 'viewer']
