import { defineSlice } from '../kernel/manifest/define-slice.ts'

export const signing = defineSlice({ name: 'signing', description: 'Envelopes: agreements that people sign, with evidence.' })
