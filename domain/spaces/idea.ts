/** Ideas of a team. */
import { z } from 'zod'
import { shortText, section, longText } from '../documents/sections/section.ts'

export const ideaStates = ['NEW', 'TAKEN', 'SET_ASIDE'] as const

export const ideas = section('ideas', { title: shortText(), text: longText(), state: z.enum(ideaStates).default('NEW') })
