/** The slices in order: each may import slices to its left, and any slice's `events.ts`. Their manifests say what they consist of. */
import { access } from './access/slice.ts'
import { audit } from './audit/slice.ts'
import { auth } from './auth/slice.ts'
import { comments } from './comments/slice.ts'
import { conversion } from './conversion/slice.ts'
import { delivery } from './delivery/slice.ts'
import { documents } from './documents/slice.ts'
import { files } from './files/slice.ts'
import { history } from './history/slice.ts'
import { registerSlices } from './kernel/manifest/registry.ts'
import { kernel } from './kernel/slice.ts'
import { legal } from './legal/slice.ts'
import { messaging } from './messaging/slice.ts'
import { notifications } from './notifications/slice.ts'
import { signing } from './signing/slice.ts'
import { spaces } from './spaces/slice.ts'
import { suggestions } from './suggestions/slice.ts'
import { users } from './users/slice.ts'
import { ventures } from './ventures/slice.ts'
import { workflows } from './workflows/slice.ts'

export const slices = [
  kernel,
  users,
  access,
  auth,
  documents,
  history,
  comments,
  suggestions,
  files,
  conversion,
  workflows,
  audit,
  messaging,
  delivery,
  notifications,
  ventures,
  spaces,
  legal,
  signing,
]
registerSlices(slices)

export const entities = slices.flatMap(({ entities }) => entities)
