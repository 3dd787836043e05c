import { defineSlice } from '../kernel/manifest/define-slice.ts'
import { titlesFrom } from '../kernel/manifest/registry.ts'
import { boardSections } from './board.ts'
import { Space } from './space.ts'

export const spaces = defineSlice({
  name: 'spaces',
  description: 'Team spaces and their boards.',
  entities: [Space],
  subjects: {
    space: {
      titles: titlesFrom(Space, 'name'),
      link: (id, search) => `/documents/space:${id}${search && `?view=text&${search}`}`,
      watchable: true,
      channels: true,
    },
  },
  documents: { space: { sections: boardSections } },
})
