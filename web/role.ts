import type { Role } from './contract.ts'

interface RoleWords {
  /** As one chooses it for somebody. */
  label: string
  /** As one reads it of oneself. */
  mine: string
  writes: boolean
}

/** How roles are named, from the strongest. */
export const roleWords: Record<Role, RoleWords> = {
  owner: { label: 'Owner', mine: 'You own it', writes: true },
  editor: { label: 'Can edit', mine: 'You can edit', writes: true },
  commenter: { label: 'Can comment', mine: 'You can comment', writes: false },
  viewer: { label: 'Can view', mine: 'You can view', writes: false },
}

export const roleOrder: Role[] = ['owner', 'editor', 'commenter', 'viewer']
